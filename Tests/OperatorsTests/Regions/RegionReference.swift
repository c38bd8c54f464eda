import Operators
import Tensors

/// What one output element of a pooling of regions is: a mean of bilinear samples or of elements, or a maximum.
struct RegionElement {
  /// Products of the sum, four for each sample.
  var products: [Double] = []
  /// For each sample the sum of its products' magnitudes.
  var sampleSizes: [Double] = []
  /// Samples or elements that count.
  var count = 0

  var value: Double { count == 0 ? 0 : products.reduce(0, +) / Double(count) }

  /// The rounding error to expect, by the formulas for (deformable) PS-RoI pooling of BOUNDS.md.
  var sigma: Double {
    guard count > 0 else { return 0 }
    let u = 0x1p-24
    let n = Double(products.count)
    let sum = products.reduce(0, +)
    let squares = products.reduce(0) { $0 + $1 * $1 }
    let spread = max(0, squares - sum * sum / n)
    let order = u * u * (n * (spread / 2 + sum * sum / 3) / 3 + squares / 3)
    let sampling = 7.0 / 3 * u * u * sampleSizes.reduce(0) { $0 + $1 * $1 }
    let k = Double(count)
    return ((order + sampling) / (k * k) + u * u * value * value / 3).squareRoot()
  }
}

/// A map `[N, C, H, W]` for looking up.
struct LogicalMap {
  let shape: Shape
  let elements: [Float]

  init(_ tensor: Tensor) {
    shape = tensor.shape
    elements = tensor.elements(as: Float.self)
  }

  subscript(n: Int, c: Int, y: Int, x: Int) -> Float {
    elements[((n * shape[1] + c) * shape[2] + y) * shape[3] + x]
  }
}

/// Position-sensitive pooling as its formula says, element by element, in the framework's order.
///
/// Every sample is a bilinear one of its own; positions are fp32 (mxnet contrib/deformable_psroi_pooling.cc).
func deformableReference(_ p: DeformablePSROIPooling, _ inputs: [Tensor]) -> [RegionElement] {
  let data = LogicalMap(inputs[0])
  let rois = inputs[1].elements(as: Float.self)
  let trans = p.hasTrans ? LogicalMap(inputs[2]) : nil
  let (height, width) = (data.shape[2], data.shape[3])
  let scale = Float(p.spatialScale)
  var result: [RegionElement] = []
  for r in 0..<inputs[1].shape[0] {
    let row = Array(rois[5 * r..<5 * r + 5])
    func span(_ from: Float, _ to: Float) -> (start: Float, length: Float) {
      let start = from.rounded(.toNearestOrAwayFromZero) * scale - 0.5
      let end = (to.rounded(.toNearestOrAwayFromZero) + 1) * scale - 0.5
      return (start, end - start < 0.1 ? 0.1 : end - start)
    }
    let (x, y) = (span(row[1], row[3]), span(row[2], row[4]))
    for c in 0..<p.outputDim {
      for ph in 0..<p.pooledSize {
        for pw in 0..<p.pooledSize {
          func part(_ i: Int) -> Int {
            Int((Float(i) / Float(p.pooledSize) * Float(p.partSize)).rounded(.down))
          }
          let classes = (trans?.shape[1] ?? 2) / 2
          let first = 2 * (c / (p.outputDim / classes))
          let moveX = (trans?[r, first, part(ph), part(pw)] ?? 0) * Float(p.transStd)
          let moveY = (trans?[r, first + 1, part(ph), part(pw)] ?? 0) * Float(p.transStd)
          let (binX, binY) = (x.length / Float(p.pooledSize), y.length / Float(p.pooledSize))
          let beginX = Float(pw) * binX + x.start + moveX * x.length
          let beginY = Float(ph) * binY + y.start + moveY * y.length
          let (gh, gw) = (ph * p.groupSize / p.pooledSize, pw * p.groupSize / p.pooledSize)
          var element = RegionElement()
          for i in 0..<p.samplesPerPart {
            for j in 0..<p.samplesPerPart {
              let sy = beginY + Float(i) * (binY / Float(p.samplesPerPart))
              let sx = beginX + Float(j) * (binX / Float(p.samplesPerPart))
              guard sx >= -0.5, sx <= Float(width) - 0.5, sy >= -0.5, sy <= Float(height) - 0.5,
                row[0] > -1, row[0] < Float(data.shape[0])
              else { continue }
              let cy = min(max(sy, 0), Float(height - 1))
              let cx = min(max(sx, 0), Float(width - 1))
              let (y0, x0) = (Int(cy), Int(cx))
              let (y1, x1) = (Int(cy.rounded(.up)), Int(cx.rounded(.up)))
              let (fy, fx) = (Double(cy) - Double(y0), Double(cx) - Double(x0))
              let channel = (c * p.groupSize + gh) * p.groupSize + gw
              let values = [
                (1 - fy) * (1 - fx) * Double(data[Int(row[0]), channel, y0, x0]),
                (1 - fy) * fx * Double(data[Int(row[0]), channel, y0, x1]),
                fy * (1 - fx) * Double(data[Int(row[0]), channel, y1, x0]),
                fy * fx * Double(data[Int(row[0]), channel, y1, x1]),
              ]
              element.products += values
              element.sampleSizes.append(values.reduce(0) { $0 + abs($1) })
              element.count += 1
            }
          }
          result.append(element)
        }
      }
    }
  }
  return result
}
