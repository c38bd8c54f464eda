internal import Tensors

/// The samples of a deformable region of a pyramid, and how far the layer before them may have moved them.
///
/// An offset t is a sum of n products of weights and pooled means; its variance is σ_A² of that sum and Σ(w·σ_p)² of
/// the means' own (BOUNDS.md, "Inner products", "deformable PS-RoI pooling"). It moves all samples of a bin
/// alike by γ·length·δt, so the bin's value moves by the sum of its samples' slopes times that.
struct PyramidRegionBound: Sendable {
  private let levels: [DeformableRegionBound]
  /// Nil where a region belongs to no level.
  private let levelOfRegion: [Int?]
  /// By region and offset, in units of u.
  private let offsetErrors: [[(variance: Double, hard: Double)]]
  private let operation: PyramidROIPooling
  private let output: Shape

  init(_ operation: PyramidROIPooling, _ operands: BoundOperands) {
    self.operation = operation
    output = operands.outputShape
    let rois = operands.input(operation.roisIndex).narrowed
    let corners = Elements<Float>(rois)
    levelOfRegion = (0..<rois.shape[0]).map { operation.level(of: corners.span, row: $0) }
    let layers = operation.strides.indices.map { OffsetLayer(operation, level: $0, rois: rois, operands) }
    let offsets = levelOfRegion.enumerated().map { row, level in level.map { layers[$0].offsets(of: row) } }
    offsetErrors = offsets.map { $0?.map { ($0.variance, $0.hard) } ?? [] }
    let bins = operation.pooledSize[0]
    let none = Array(repeating: Float(0), count: 2 * bins * bins)
    let trans = Tensor(
      offsets.flatMap { $0?.map { Float($0.value) } ?? none }, shape: [rois.shape[0], 2, bins, bins])
    levels = operation.strides.indices.map {
      DeformableRegionBound(
        operation.deformablePooling(level: $0, hasTrans: true), data: operands.input($0), rois: rois,
        trans: trans, output: operands.outputShape)
    }
  }

  func list(_ element: Int, into terms: inout SumTerms) {
    let place = output.position(of: element)
    guard let level = levelOfRegion[place[0]] else { return }
    let (part, parts) = (place[2] * output[3] + place[3], output[2] * output[3])
    let (x, y) = (offsetErrors[place[0]][part], offsetErrors[place[0]][parts + part])
    let transStd = PyramidROIPooling.transStd
    levels[level].list(
      element, into: &terms,
      coordinates: DeformableRegionBound.CoordinateError(
        varianceX: transStd * transStd * x.variance, varianceY: transStd * transStd * y.variance,
        hardX: transStd * x.hard, hardY: transStd * y.hard))
  }
}

/// The fully connected layer that makes offsets of what a level's regions pooled.
private struct OffsetLayer {
  private let pooled: DeformableRegionBound
  private let shape: Shape
  private let weight: Elements<Double>
  private let bias: Elements<Double>

  init(_ operation: PyramidROIPooling, level: Int, rois: Tensor, _ operands: BoundOperands) {
    let bins = operation.pooledSize
    shape = [rois.shape[0], operation.outputDim, bins[0], bins[1]]
    pooled = DeformableRegionBound(
      operation.deformablePooling(level: level, hasTrans: false), data: operands.input(level), rois: rois,
      trans: nil, output: shape)
    let index = operation.offsetWeightIndex(level: level)
    weight = Elements(operands.input(index).widened)
    bias = Elements(operands.input(index + 1).widened)
  }

  /// A region's offsets, with variance and the largest error in units of u.
  func offsets(of row: Int) -> [(value: Double, variance: Double, hard: Double)] {
    let inputs = pooled.terms(ofRegion: row).map { terms in
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

extension PyramidROIPooling {
  /// A maximum rounds nothing; a deformable region is a mean of samples that another layer moved.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    guard isDeformable else { return .exact }
    let bound = PyramidRegionBound(self, operands)
    return .sums(GatheredSums(count: Self.samplesPerPart * Self.samplesPerPart) { bound.list($0, into: &$1) })
  }
}
