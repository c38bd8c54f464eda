package import Tensors

/// The gradient of position-sensitive pooling's data: Σ g/n over the bins that an element lies in, g being a bin's
/// gradient and n its elements; each quotient is off by 1/3·p², and as much again where it is formed as g·(1/n), in u².
struct PSROIPoolingGradientBound: SumBound {
  private let head: Elements<Double>
  private let input: Shape
  private let output: Shape
  private let groups: Int
  /// By image, group and place; a source is a region's bin.
  private let touching: GroupedEntries

  private var plane: Int { input[2] * input[3] }

  /// - Parameter operands: of the forward pass, the reference being the gradient of its output.
  init(_ pooling: PSROIPooling, _ operands: BoundOperands) {
    head = operands.reference
    input = operands.input(0).shape
    output = operands.outputShape
    groups = pooling.groupSize * pooling.groupSize
    let rois = Elements<Float>(operands.input(1).narrowed)
    let groupBins = binsOfGroups(pooledSize: pooling.pooledSize, groupSize: pooling.groupSize)
    var list: [(key: Int, entry: GroupedEntries.Entry)] = []
    for row in 0..<output[0] {
      let region = RegionOfInterest(rois.span, row: row, images: input[0])
      guard let image = region.image else { continue }
      let axes = pooling.axes(of: region)
      for (group, bins) in groupBins.enumerated() {
        for bin in bins {
          let rows = axes.down.scaledBin(bin.row, size: input[2])
          let columns = axes.across.scaledBin(bin.column, size: input[3])
          let entry = GroupedEntries.Entry(
            source: (row * output[2] + bin.row) * output[3] + bin.column,
            factor: 1 / Double(max(1, rows.count * columns.count)))
          for y in rows {
            for x in columns {
              list.append((((image * groups + group) * input[2] + y) * input[3] + x, entry))
            }
          }
        }
      }
    }
    touching = GroupedEntries(keys: input[0] * groups * input[2] * input[3], list)
  }

  private func entries(of element: Int) -> ArraySlice<GroupedEntries.Entry> {
    let (image, channel) = (element / plane / input[1], element / plane % input[1])
    return touching[(image * groups + channel % groups) * plane + element % plane]
  }

  func termCount(of element: Int) -> Int { max(1, entries(of: element).count) }

  func list(_ element: Int, into terms: inout SumTerms) {
    let channel = element / plane % input[1] / groups
    let bins = output[2] * output[3]
    for entry in entries(of: element) {
      let (row, bin) = (entry.source / bins, entry.source % bins)
      let share = entry.factor * head.span[(row * output[1] + channel) * bins + bin]
      terms.products.append(share)
      terms.priorVariance += share * share * 2 / 3
      terms.priorBound += 2 * abs(share)
    }
  }
}

extension PSROIPooling {
  package func gradientBound(of index: Int, _ operands: BoundOperands) -> ErrorBound {
    .sums(PSROIPoolingGradientBound(self, operands))
  }

  package func gradientAlternatives(of index: Int, _ inputs: [Tensor?]) -> [GradientAlternative] { [] }
}
