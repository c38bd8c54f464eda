internal import Tensors

extension PSROIPooling: Discontinuous {
  /// The mean of k elements: σ² = σ_A²(sum)/k² + u²·y²/3, over the bins that fp32 forms in the source's order.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let bins = RegionBins(operands)
    let pooling = self
    return .sums(
      GatheredSums(count: bins.shape[2] * bins.shape[3]) { element, terms in
        let place = bins.output.position(of: element)
        guard let (plane, down, across) = pooling.bin(place, bins) else { return }
        terms = bins.mean(
          plane, down.scaledBin(place[2], size: bins.shape[2]),
          across.scaledBin(place[3], size: bins.shape[3]))
      })
  }

  /// Bins whose edges lie within coordinate error of a whole number, with that edge a row or column on.
  package func otherSides(_ operands: BoundOperands) -> any OtherSides {
    let bins = RegionBins(operands)
    return GatheredSides { [self] element in
      let place = bins.output.position(of: element)
      guard let (plane, down, across) = bin(place, bins) else { return [] }
      return bins.means(
        plane, down.scaledBins(place[2], size: bins.shape[2]),
        across.scaledBins(place[3], size: bins.shape[3]))
    }
  }

  /// The plane that an element reads and its region's axes; nil where the region is in no image.
  private func bin(_ place: [Int], _ bins: RegionBins) -> (plane: Int, down: RegionAxis, across: RegionAxis)?
  {
    let region = RegionOfInterest(bins.rois.span, row: place[0], images: bins.shape[0])
    guard let image = region.image else { return nil }
    let scale = Float(spatialScale)
    let channel = positionSensitiveChannel(place, bins: pooledSize, groups: groupSize)
    return (
      image * bins.shape[1] + channel,
      RegionAxis(scaled: region.y1, region.y2, scale: scale, bins: pooledSize, rounding: rounding),
      RegionAxis(scaled: region.x1, region.x2, scale: scale, bins: pooledSize, rounding: rounding)
    )
  }
}

extension ROIPooling: Discontinuous {
  /// Bins whose edges, or regions whose corners, lie within coordinate error of where they round otherwise.
  package func otherSides(_ operands: BoundOperands) -> any OtherSides {
    let bins = RegionBins(operands)
    let scale = Float(spatialScale)
    return GatheredSides { [self] element in
      let place = bins.output.position(of: element)
      let region = RegionOfInterest(bins.rois.span, row: place[0], images: bins.shape[0])
      guard let image = region.image else { return [] }
      func ranges(_ from: Float, _ to: Float, _ axis: Int) -> [Range<Int>] {
        RegionAxis.wholeSides(from, to, scale: scale, bins: pooledSize[axis], rounding: rounding).flatMap {
          $0.wholeBins(place[2 + axis], size: bins.shape[2 + axis])
        }
      }
      return bins.maxima(
        image * bins.shape[1] + place[1], ranges(region.y1, region.y2, 0), ranges(region.x1, region.x2, 1))
    }
  }
}

/// The channel that a bin of position-sensitive pooling reads: (c·G + gh)·G + gw.
///
/// - Parameter place: region, output channel, and the bin's row and column.
func positionSensitiveChannel(_ place: [Int], bins: Int, groups: Int) -> Int {
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
struct DeformableRegionBound: Sendable {
  /// How far samples may stand from where the producer had them, in units of u, squared.
  struct CoordinateError: Sendable {
    /// Of the offset x and y.
    var varianceX: Double
    var varianceY: Double
    /// At most, not squared.
    var hardX: Double
    var hardY: Double
  }

  let pooling: DeformablePSROIPooling
  let data: Elements<Double>
  let rois: Elements<Float>
  private let trans: Elements<Float>?
  let input: Shape
  let output: Shape
  private let classes: Int

  init(_ pooling: DeformablePSROIPooling, _ operands: BoundOperands) {
    self.init(
      pooling, data: operands.input(0), rois: operands.input(1),
      trans: pooling.hasTrans ? operands.input(2) : nil,
      output: operands.outputShape)
  }

  init(_ pooling: DeformablePSROIPooling, data: Tensor, rois: Tensor, trans: Tensor?, output: Shape) {
    self.pooling = pooling
    self.data = Elements(data.widened)
    self.rois = Elements(rois.narrowed)
    self.trans = trans.map { Elements($0.narrowed) }
    classes = trans.map { max(1, $0.shape[1] / 2) } ?? 1
    input = data.shape
    self.output = output
  }

  /// - Parameter coordinates: nil where the producer's positions are known.
  func list(_ element: Int, into terms: inout SumTerms, coordinates: CoordinateError? = nil) {
    guard let bin = bin(of: element, coordinates) else { return }
    list(
      bin, rows: bin.rows.filter(\.counts).map(\.position),
      columns: bin.columns.filter(\.counts).map(\.position),
      into: &terms)
  }

  /// What an element is the mean of.
  struct Bin {
    /// The first element of the plane.
    let plane: Int
    let down: RegionAxis
    let across: RegionAxis
    let rows: [AxisSample]
    let columns: [AxisSample]
    let coordinates: CoordinateError?
  }

  /// Nil where the region is of no image.
  func bin(of element: Int, _ coordinates: CoordinateError?) -> Bin? {
    let place = output.position(of: element)
    let region = RegionOfInterest(rois.span, row: place[0], images: input[0])
    guard let image = region.image else { return nil }
    let shift = shift(of: place)
    let (down, across) = (axis(region.y1, region.y2), axis(region.x1, region.x2))
    func reach(_ axis: RegionAxis, _ variance: Double?) -> Float {
      6 * coordinateRoundoff * axis.length * Float((variance ?? 0).squareRoot())
    }
    let channel = positionSensitiveChannel(place, bins: pooling.pooledSize, groups: pooling.groupSize)
    return Bin(
      plane: (image * input[1] + channel) * input[2] * input[3], down: down, across: across,
      rows: samples(
        down, place[2], shift.y, size: input[2], movedBy: reach(down, coordinates?.varianceY)),
      columns: samples(
        across, place[3], shift.x, size: input[3], movedBy: reach(across, coordinates?.varianceX)),
      coordinates: coordinates)
  }

  /// Lists the samples at some rows and columns of a bin.
  func list(_ bin: Bin, rows: [Float], columns: [Float], into terms: inout SumTerms) {
    let plane = bin.plane
    var acrossSlopes = Slopes(columns.count)
    var downSlopes = Slopes(rows.count)
    for (row, y) in rows.enumerated() {
      for (column, x) in columns.enumerated() {
        guard
          let sample = BilinearSample(
            y: Double(y), x: Double(x), height: input[2], width: input[3], border: .closed)
        else { continue }
        let (value, size) = sample.read { data.span[plane + $0] }
        terms.products.append(value)
        terms.priorVariance += size * size * 7 / 3
        terms.priorBound += 8 * size
        guard bin.coordinates != nil else { continue }
        acrossSlopes.add(slope(x, input[3], 1, across: y, input[2], input[3], plane), at: column)
        downSlopes.add(slope(y, input[2], input[3], across: x, input[3], 1, plane), at: row)
      }
    }
    terms.divisor = Double(max(1, terms.products.count))
    guard let coordinates = bin.coordinates else { return }
    for (slopes, positions, length, variance, hard) in [
      (acrossSlopes, columns, bin.across.length, coordinates.varianceX, coordinates.hardX),
      (downSlopes, rows, bin.down.length, coordinates.varianceY, coordinates.hardY),
    ] {
      let error = slopes.error(at: positions, length: Double(length), variance: variance, hard: hard)
      terms.priorVariance += error.variance
      terms.priorBound += error.hard
    }
  }

  /// The samples of all elements of a region that nothing moves, in their order.
  func terms(ofRegion row: Int) -> [SumTerms] {
    let (channels, bins) = (output[1], output[2] * output[3])
    var result = Array(repeating: SumTerms(), count: channels * bins)
    let region = RegionOfInterest(rois.span, row: row, images: input[0])
    guard let image = region.image else { return result }
    let (down, across) = (axis(region.y1, region.y2), axis(region.x1, region.x2))
    for bin in 0..<bins {
      // Where samples stand is the same for all channels.
      let rows = samples(down, bin / output[3], 0, size: input[2]).filter(\.counts).map(\.position)
      let columns = samples(across, bin % output[3], 0, size: input[3]).filter(\.counts).map(\.position)
      let samples = rows.flatMap { y in
        columns.compactMap { x in
          BilinearSample(
            y: Double(y), x: Double(x), height: input[2], width: input[3], border: .closed)
        }
      }
      for channel in 0..<channels {
        let place = [row, channel, bin / output[3], bin % output[3]]
        let read = positionSensitiveChannel(place, bins: pooling.pooledSize, groups: pooling.groupSize)
        let plane = (image * input[1] + read) * input[2] * input[3]
        for sample in samples {
          let (value, size) = sample.read { data.span[plane + $0] }
          result[channel * bins + bin].products.append(value)
          result[channel * bins + bin].priorVariance += size * size * 7 / 3
          result[channel * bins + bin].priorBound += 8 * size
        }
        result[channel * bins + bin].divisor = Double(max(1, samples.count))
      }
    }
    return result
  }

  /// How a bin changes as its samples move along one axis.
  private struct Slopes {
    /// By row or column of samples, which share their position.
    private var sums: [Double]
    private var largest: [Double]

    init(_ count: Int) {
      sums = Array(repeating: 0, count: count)
      largest = sums
    }

    mutating func add(_ slope: (own: Double, largest: Double), at index: Int) {
      sums[index] += slope.own
      largest[index] += slope.largest
    }

    /// All samples move with the offset and its two roundings; then each position is rounded on its own, here
    /// and there.
    func error(
      at positions: [Float], length: Double, variance: Double, hard: Double
    ) -> (variance: Double, hard: Double) {
      let reach = Double(positions.map(abs).max() ?? 0) + 1
      let common = sums.reduce(0, +)
      var result = (variance: common * common * (length * length * variance + reach * reach), hard: 0.0)
      for (index, position) in positions.enumerated() {
        let rounding = sums[index] * Double(position)
        result.variance += rounding * rounding * 2 / 3
        result.hard += largest[index] * (length * hard + 6 * reach)
      }
      return result
    }
  }

  /// How a sample changes along x in its own cell, and at most in that or a neighbouring one.
  ///
  /// - Parameters:
  ///   - x: the position along the axis, of `width` elements that stand `step` apart.
  ///   - y: the position along the other one, of `height` elements that stand `stride` apart.
  private func slope(
    _ x: Float, _ width: Int, _ step: Int, across y: Float, _ height: Int, _ stride: Int, _ plane: Int
  ) -> (own: Double, largest: Double) {
    let (place, row) = (Int(x), Int(y))
    let share = Double(y) - Double(row)
    let next = min(row + 1, height - 1)
    let elements = data.span
    var (own, largest) = (0.0, 0.0)
    for low in max(0, place - 1)..<max(0, min(place + 2, width - 1)) {
      let (first, second) = (plane + low * step + row * stride, plane + low * step + next * stride)
      let change =
        (1 - share) * (elements[first + step] - elements[first])
        + share * (elements[second + step] - elements[second])
      largest = max(largest, abs(change))
      if low == place { own = change }
    }
    return (own, largest)
  }

  func axis(_ from: Float, _ to: Float) -> RegionAxis {
    RegionAxis(
      scaled: from, to, scale: Float(pooling.spatialScale), margin: 0.5, bins: pooling.pooledSize,
      rounding: pooling.rounding)
  }

  /// Where a bin's samples stand along one axis, moved into the map; those outside do not count.
  ///
  /// - Parameter reach: how far a producer may have moved them otherwise.
  func samples(
    _ axis: RegionAxis, _ bin: Int, _ shift: Float, size: Int, movedBy reach: Float = 0
  ) -> [AxisSample] {
    let begin = Float(bin) * axis.bin + axis.start + shift * axis.length
    let step = axis.bin / Float(pooling.samplesPerPart)
    let error =
      4 * coordinateRoundoff * (Float(bin + 1) * axis.bin + abs(axis.start) + abs(shift * axis.length))
    let rim = Float(size) - 0.5
    return (0..<pooling.samplesPerPart).map { index in
      let position = begin + Float(index) * step
      let exact =
        Double(axis.start) + Double(shift) * Double(axis.length) + Double(axis.length)
        * (Double(bin) + Double(index) / Double(pooling.samplesPerPart)) / Double(pooling.pooledSize)
      // What is exact is in no doubt, on the rim either.
      let error = Double(position) == exact && reach == 0 ? -1 : error + reach
      return AxisSample(
        position: min(max(position, 0), Float(size - 1)),
        counts: position >= -0.5 && Double(position) <= Double(size) - 0.5,
        isInDoubt: abs(position + 0.5) <= error || abs(position - rim) <= error)
    }
  }

  func shift(of place: [Int]) -> (x: Float, y: Float) {
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

/// A sample's place along one axis.
struct AxisSample {
  /// Moved into the map.
  let position: Float
  /// Whether it is within half an element of the map.
  let counts: Bool
  /// Whether that could be otherwise within coordinate error.
  let isInDoubt: Bool
}
