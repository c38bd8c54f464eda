internal import Tensors

extension PSROIPooling {
  /// The mean of k elements: σ² = σ_A²(sum)/k² + u²·y²/3, over the bins that fp32 forms in the source's order.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let input = operands.input(0)
    let data = Elements<Double>(input.widened)
    let rois = Elements<Float>(operands.input(1).narrowed)
    let (shape, output) = (input.shape, operands.outputShape)
    let pooling = self
    return .sums(
      GatheredSums(count: shape[2] * shape[3]) { element, terms in
        let place = output.position(of: element)
        let region = RegionOfInterest(rois.span, row: place[0], images: shape[0])
        guard let image = region.image else { return }
        let scale = Float(pooling.spatialScale)
        let (bins, rounding) = (pooling.pooledSize, pooling.rounding)
        let down = RegionAxis(scaled: region.y1, region.y2, scale: scale, bins: bins, rounding: rounding)
        let across = RegionAxis(scaled: region.x1, region.x2, scale: scale, bins: bins, rounding: rounding)
        let channel = positionSensitiveChannel(place, bins: bins, groups: pooling.groupSize)
        let plane = (image * shape[1] + channel) * shape[2] * shape[3]
        let elements = data.span
        for row in down.scaledBin(place[2], size: shape[2]) {
          for column in across.scaledBin(place[3], size: shape[3]) {
            terms.products.append(elements[plane + row * shape[3] + column])
          }
        }
        terms.divisor = Double(max(1, terms.products.count))
      })
  }
}

/// The channel that a bin of position-sensitive pooling reads: (c·G + gh)·G + gw.
///
/// - Parameter place: region, output channel, and the bin's row and column.
private func positionSensitiveChannel(_ place: [Int], bins: Int, groups: Int) -> Int {
  (place[1] * groups + positionGroup(place[2], bins: bins, groups: groups)) * groups
    + positionGroup(place[3], bins: bins, groups: groups)
}

extension DeformablePSROIPooling {
  /// The mean of k bilinear samples: σ² = (σ_A²(sum) + 7/3·u²·ΣA²)/k² + u²·y²/3, at positions in fp32 in the
  /// source's order.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let bound = DeformableRegionBound(self, operands)
    return .sums(GatheredSums(count: samplesPerPart * samplesPerPart) { bound.list($0, into: &$1) })
  }

  /// The part whose offsets move a bin, along one axis: ⌊bin/P·parts⌋ in fp32.
  func part(of bin: Int) -> Int {
    min(Int(Float(bin) / Float(pooledSize) * Float(partSize)), partSize - 1)
  }
}

/// The samples of a deformable position-sensitive bin.
private struct DeformableRegionBound: Sendable {
  private let pooling: DeformablePSROIPooling
  private let data: Elements<Double>
  private let rois: Elements<Float>
  private let trans: Elements<Float>?
  private let input: Shape
  private let output: Shape
  private let classes: Int

  init(_ pooling: DeformablePSROIPooling, _ operands: BoundOperands) {
    self.pooling = pooling
    data = Elements(operands.input(0).widened)
    rois = Elements(operands.input(1).narrowed)
    trans = pooling.hasTrans ? Elements(operands.input(2).narrowed) : nil
    classes = pooling.hasTrans ? max(1, operands.input(2).shape[1] / 2) : 1
    input = operands.input(0).shape
    output = operands.outputShape
  }

  func list(_ element: Int, into terms: inout SumTerms) {
    let place = output.position(of: element)
    let region = RegionOfInterest(rois.span, row: place[0], images: input[0])
    guard let image = region.image else { return }
    let shift = shift(of: place)
    let rows = positions(axis(region.y1, region.y2), place[2], shift.y, size: input[2])
    let columns = positions(axis(region.x1, region.x2), place[3], shift.x, size: input[3])
    let channel = positionSensitiveChannel(place, bins: pooling.pooledSize, groups: pooling.groupSize)
    let plane = (image * input[1] + channel) * input[2] * input[3]
    let elements = data.span
    for y in rows {
      for x in columns {
        guard
          let sample = BilinearSample(
            y: Double(y), x: Double(x), height: input[2], width: input[3], border: .closed)
        else { continue }
        let (value, size) = sample.read { elements[plane + $0] }
        terms.products.append(value)
        terms.priorVariance += size * size * 7 / 3
        terms.priorBound += 8 * size
      }
    }
    terms.divisor = Double(max(1, terms.products.count))
  }

  private func axis(_ from: Float, _ to: Float) -> RegionAxis {
    RegionAxis(
      scaled: from, to, scale: Float(pooling.spatialScale), margin: 0.5, bins: pooling.pooledSize,
      rounding: pooling.rounding)
  }

  /// Where a bin's samples stand along one axis, moved into the map; those outside are passed over.
  private func positions(_ axis: RegionAxis, _ bin: Int, _ shift: Float, size: Int) -> [Float] {
    let begin = Float(bin) * axis.bin + axis.start + shift * axis.length
    let step = axis.bin / Float(pooling.samplesPerPart)
    return (0..<pooling.samplesPerPart).map { begin + Float($0) * step }
      .filter { $0 >= -0.5 && Double($0) <= Double(size) - 0.5 }
      .map { min(max($0, 0), Float(size - 1)) }
  }

  private func shift(of place: [Int]) -> (x: Float, y: Float) {
    guard let trans else { return (0, 0) }
    let parts = pooling.partSize
    let index = place[1] / (pooling.outputDim / classes)
    let row = (place[0] * classes + index) * 2
    let corner = pooling.part(of: place[2]) * parts + pooling.part(of: place[3])
    let (first, second) = (
      trans.span[row * parts * parts + corner] * Float(pooling.transStd),
      trans.span[(row + 1) * parts * parts + corner] * Float(pooling.transStd)
    )
    return pooling.transOrder == .xy ? (first, second) : (second, first)
  }
}
