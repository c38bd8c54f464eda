package import Tensors

/// The products of the gradients of deformable region pooling, and what rounds in their factors.
///
/// With g the gradient of a bin, n its samples, b their bilinear weights, s the derivatives of these, v' = Σ s·x, A' = Σ|s·x|
/// and L = γ·length of the region: the data's is Σ b·g/n over the samples that touch it, each product off by 5/3·p² (three
/// roundings of b, the quotient, the product) in u²; an offset's is Σ L·v'·g/n over channels, bins and samples, each off
/// by (L·g/n)²·7/3·A'² + 4/3·p².
struct DeformableRegionGradientBound: SumBound {
  private let pooling: DeformablePSROIPooling
  private let regions: DeformableRegionBound
  private let head: Elements<Double>
  private let classes: Int
  private let output: Shape
  /// By image, class, group and place; nil for the gradient of trans.
  private var touching: GroupedEntries?

  private var input: Shape { regions.input }
  private var groups: Int { pooling.groupSize * pooling.groupSize }
  private var channelsPerClass: Int { pooling.outputDim / classes }
  private var plane: Int { input[2] * input[3] }

  /// - Parameter operands: of the forward pass, the reference being the gradient of its output.
  init(_ pooling: DeformablePSROIPooling, of index: Int, _ operands: BoundOperands) {
    self.pooling = pooling
    regions = DeformableRegionBound(pooling, operands)
    head = operands.reference
    classes = pooling.hasTrans ? max(1, operands.input(2).shape[1] / 2) : 1
    output = operands.outputShape
    touching = nil
    guard index == 0 else { return }
    touching = entries()
  }

  private func entries() -> GroupedEntries {
    var list: [(key: Int, entry: GroupedEntries.Entry)] = []
    let bins = output[2] * output[3]
    for row in 0..<output[0] {
      let image = RegionOfInterest(regions.rois.span, row: row, images: input[0]).image
      guard let image else { continue }
      for index in 0..<classes {
        for bin in 0..<bins {
          let place = [row, index * channelsPerClass, bin / output[3], bin % output[3]]
          let samples = samples(of: place)
          let group =
            positionSensitiveChannel(place, bins: pooling.pooledSize, groups: pooling.groupSize) % groups
          let key = ((image * classes + index) * groups + group) * plane
          for sample in samples {
            for tap in sample.taps where tap.weight != 0 {
              list.append(
                (
                  key + tap.place,
                  GroupedEntries.Entry(source: row * bins + bin, factor: tap.weight / Double(samples.count))
                ))
            }
          }
        }
      }
    }
    return GroupedEntries(keys: input[0] * classes * groups * plane, list)
  }

  /// The samples of a bin that count.
  private func samples(of place: [Int]) -> [SlopedSample] {
    let region = RegionOfInterest(regions.rois.span, row: place[0], images: input[0])
    let shift = regions.shift(of: place)
    let rows = regions.samples(regions.axis(region.y1, region.y2), place[2], shift.y, size: input[2])
    let columns = regions.samples(regions.axis(region.x1, region.x2), place[3], shift.x, size: input[3])
    return rows.filter(\.counts).flatMap { y in
      columns.filter(\.counts).map { x in
        SlopedSample(regionY: Double(y.position), x: Double(x.position), width: input[3])
      }
    }
  }

  func termCount(of element: Int) -> Int {
    guard let touching else {
      let bins = max(1, pooling.pooledSize / pooling.partSize)
      return channelsPerClass * bins * bins
    }
    return max(1, touching[key(of: element)].count)
  }

  private func key(of element: Int) -> Int {
    let (image, channel) = (element / plane / input[1], element / plane % input[1])
    let index = channel / groups / channelsPerClass
    return ((image * classes + index) * groups + channel % groups) * plane + element % plane
  }

  func list(_ element: Int, into terms: inout SumTerms) {
    guard let touching else { return listTrans(element, into: &terms) }
    let channel = element / plane % input[1] / groups
    let bins = output[2] * output[3]
    for entry in touching[key(of: element)] {
      let (row, bin) = (entry.source / bins, entry.source % bins)
      let product = entry.factor * head.span[(row * output[1] + channel) * bins + bin]
      terms.products.append(product)
      terms.priorVariance += product * product * 5 / 3
      terms.priorBound += 6 * abs(product)
    }
  }

  private func listTrans(_ element: Int, into terms: inout SumTerms) {
    let parts = pooling.partSize
    let place = [element / (2 * classes * parts * parts), element / (parts * parts) % (2 * classes)]
    let (partRow, partColumn) = (element / parts % parts, element % parts)
    let row = place[0]
    let region = RegionOfInterest(regions.rois.span, row: row, images: input[0])
    guard let image = region.image else { return }
    let isX = (place[1] % 2 == 0) == (pooling.transOrder == .xy)
    let axis = isX ? regions.axis(region.x1, region.x2) : regions.axis(region.y1, region.y2)
    let length = Double(Float(pooling.transStd)) * Double(axis.length)
    let index = place[1] / 2
    for binRow in 0..<output[2] where pooling.part(of: binRow) == partRow {
      for binColumn in 0..<output[3] where pooling.part(of: binColumn) == partColumn {
        let samples = samples(of: [row, index * channelsPerClass, binRow, binColumn])
        for channel in index * channelsPerClass..<(index + 1) * channelsPerClass {
          let bin = [row, channel, binRow, binColumn]
          let read = positionSensitiveChannel(bin, bins: pooling.pooledSize, groups: pooling.groupSize)
          let first = (image * input[1] + read) * plane
          let place = ((row * output[1] + channel) * output[2] + binRow) * output[3] + binColumn
          let share = head.span[place] / Double(samples.count) * length
          for sample in samples {
            let (value, size) = sample.read(isX ? \.slopeX : \.slopeY) { regions.data.span[first + $0] }
            let product = share * value
            terms.products.append(product)
            terms.priorVariance += share * share * size * size * 7 / 3 + product * product * 4 / 3
            terms.priorBound += 8 * abs(share) * size + 5 * abs(product)
          }
        }
      }
    }
  }
}

extension DeformablePSROIPooling {
  package func gradientBound(of index: Int, _ operands: BoundOperands) -> ErrorBound {
    .sums(DeformableRegionGradientBound(self, of: index, operands))
  }

  package func gradientAlternatives(of index: Int, _ inputs: [Tensor?]) -> [GradientAlternative] {
    guard index == 2, let channels = inputs[2]?.shape[1] else { return [] }
    let order = transOrder == .xy ? ("y", "x") : ("x", "y")
    let factor = Double(Float(transStd))
    return [
      GradientAlternative(
        "gradients given as \(order.0) before \(order.1)",
        remedy: "give each class's gradients as \(order.1), \(order.0)"
      ) { $0.selecting((0..<channels).map { $0 ^ 1 }, axis: 1) },
      GradientAlternative(
        "gradients without trans_std", remedy: "multiply the gradient of trans by \(transStd)"
      ) { $0.mapElements { $0 * factor } },
    ]
  }
}
