internal import Synchronization
internal import Tensors

/// The samples of a deformable region of a pyramid, and how far the layer before them may have moved them.
///
/// An offset t is a sum of n products of weights and pooled means; its variance is σ_A² of that sum and Σ(w·σ_p)² of
/// the means' own (BOUNDS.md, "Inner products", "deformable PS-RoI pooling"). It moves all samples of a bin
/// alike by γ·length·δt, so the bin's value moves by the sum of its samples' slopes times that.
///
/// A region's offsets are worked out when the first of its elements is looked at: a diagnosis looks at few.
final class PyramidRegionBound: Sendable {
  /// A region with what it samples.
  private struct Region {
    let bound: DeformableRegionBound
    /// By offset, in units of u.
    let offsetErrors: [(variance: Double, hard: Double)]
  }

  private let operation: PyramidROIPooling
  private let rois: Elements<Float>
  private let levels: [OffsetLayer]
  private let output: Shape
  private let regions = Mutex<[Int: Region]>([:])

  init(_ operation: PyramidROIPooling, _ operands: BoundOperands) {
    self.operation = operation
    output = operands.outputShape
    rois = Elements(operands.input(operation.roisIndex).narrowed)
    levels = operation.strides.indices.map { OffsetLayer(operation, level: $0, operands) }
  }

  func list(_ element: Int, into terms: inout SumTerms) {
    guard let (region, place, coordinates) = find(element) else { return }
    region.list(place, into: &terms, coordinates: coordinates)
  }

  /// The element's region alone, its place in that, and how far its samples may have been moved otherwise.
  private func find(
    _ element: Int
  ) -> (region: DeformableRegionBound, place: Int, DeformableRegionBound.CoordinateError)? {
    let place = output.position(of: element)
    guard let region = region(place[0]) else { return nil }
    let (part, parts) = (place[2] * output[3] + place[3], output[2] * output[3])
    let (x, y) = (region.offsetErrors[part], region.offsetErrors[parts + part])
    let transStd = PyramidROIPooling.transStd
    return (
      region.bound, element % (output.count / output[0]),
      DeformableRegionBound.CoordinateError(
        varianceX: transStd * transStd * x.variance, varianceY: transStd * transStd * y.variance,
        hardX: transStd * x.hard, hardY: transStd * y.hard)
    )
  }

  /// Nil where it belongs to no level.
  private func region(_ row: Int) -> Region? {
    if let known = regions.withLock({ $0[row] }) { return known }
    let corners = Tensor(rois.array(5 * row..<5 * row + 5), shape: [1, 5])
    let numbers = Elements<Float>(corners)
    guard let level = operation.level(of: numbers.span, row: 0) else { return nil }
    let offsets = levels[level].offsets(of: corners)
    let bins = operation.pooledSize[0]
    let trans = Tensor(offsets.map { Float($0.value) }, shape: [1, 2, bins, bins])
    let region = Region(
      bound: DeformableRegionBound(
        operation.deformablePooling(level: level, hasTrans: true), data: levels[level].data, rois: corners,
        trans: trans, output: Shape([1] + output.dimensions[1...])),
      offsetErrors: offsets.map { ($0.variance, $0.hard) })
    regions.withLock { $0[row] = region }
    return region
  }
}

/// The fully connected layer that makes offsets of what a level's regions pooled.
private struct OffsetLayer {
  let data: Tensor
  private let pooling: DeformablePSROIPooling
  private let shape: Shape
  private let weight: Elements<Double>
  private let bias: Elements<Double>

  init(_ operation: PyramidROIPooling, level: Int, _ operands: BoundOperands) {
    data = operands.input(level).widened
    pooling = operation.deformablePooling(level: level, hasTrans: false)
    shape = Shape([1, operation.outputDim] + operation.pooledSize)
    let index = operation.offsetWeightIndex(level: level)
    weight = Elements(operands.input(index).widened)
    bias = Elements(operands.input(index + 1).widened)
  }

  /// The offsets of a region `[1, 5]`, with variance and the largest error in units of u.
  func offsets(of region: Tensor) -> [(value: Double, variance: Double, hard: Double)] {
    let pooled = DeformableRegionBound(pooling, data: data, rois: region, trans: nil, output: shape)
    let inputs = pooled.terms(ofRegion: 0).map { terms in
      let mean = RoundedSum(terms)
      return (value: mean.value, variance: mean.variance, hard: mean.hard)
    }
    let (weight, bias) = (weight.span, bias.span)
    return bias.indices.map { unit in
      var sum = RoundedSum()
      sum.add(bias[unit])
      for (index, input) in inputs.enumerated() { sum.add(weight[unit * inputs.count + index], times: input) }
      return (sum.value, sum.variance, sum.hard)
    }
  }
}

/// The value of a sum of products, and its error by the random walk, in units of u.
private struct RoundedSum {
  private var count = 0.0
  private var sum = 0.0
  private var squares = 0.0
  private var sizes = 0.0
  private var priorVariance = 0.0
  private var priorBound = 0.0
  private var divisor = 1.0

  init() {}

  init(_ terms: SumTerms) {
    for product in terms.products { add(product) }
    (priorVariance, priorBound, divisor) = (terms.priorVariance, terms.priorBound, terms.divisor)
  }

  mutating func add(_ product: Double) {
    count += 1
    sum += product
    squares += product * product
    sizes += abs(product)
  }

  mutating func add(_ factor: Double, times input: (value: Double, variance: Double, hard: Double)) {
    add(factor * input.value)
    priorVariance += factor * factor * input.variance
    priorBound += abs(factor) * input.hard
  }

  var value: Double { sum / divisor }

  var variance: Double {
    let n = max(1, count)
    let walk = n * (max(0, squares - sum * sum / n) / 2 + sum * sum / 3) / 3 + squares / 3
    return (walk + priorVariance) / (divisor * divisor) + value * value / 3
  }

  var hard: Double { ((count + 2) * sizes + priorBound) / divisor + abs(value) }
}

extension PyramidRegionBound: OtherSides {
  func terms(of element: Int) -> [SumTerms] {
    find(element).map { region, place, coordinates in region.terms(of: place, coordinates) } ?? []
  }
}

extension PyramidROIPooling: Discontinuous {
  /// Samples of a level that count or not, or bins of it that begin elsewhere.
  package func otherSides(_ operands: BoundOperands) -> any OtherSides {
    if isDeformable { return PyramidRegionBound(self, operands) }
    let rois = operands.input(roisIndex)
    let sides = strides.indices.map { level in
      ROIPooling(pooledSize: pooledSize, spatialScale: spatialScale(level: level)).otherSides(
        BoundOperands(
          inputs: [operands.input(level), rois], outputShape: operands.outputShape,
          reference: operands.reference))
    }
    let corners = Elements<Float>(rois.narrowed)
    let output = operands.outputShape
    return GatheredSides { [self] element in
      level(of: corners.span, row: output.position(of: element)[0]).map { sides[$0].terms(of: element) } ?? []
    }
  }

  /// A maximum rounds nothing; a deformable region is a mean of samples that another layer moved.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    guard isDeformable else { return .exact }
    let bound = PyramidRegionBound(self, operands)
    return .sums(GatheredSums(count: Self.samplesPerPart * Self.samplesPerPart) { bound.list($0, into: &$1) })
  }
}
