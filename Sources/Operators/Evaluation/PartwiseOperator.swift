internal import Bytes
package import Tensors

/// An operator whose one result can be computed part by part, each from a part of the data.
package protocol PartwiseOperator: Operator {
  /// The parts of its result for given inputs, in order; nil where these inputs do not allow it, or it does not pay.
  ///
  /// - Parameters:
  ///   - output: the dimensions that the result is to have; nil is given where it has others.
  ///   - size: elements of a part, about.
  func parts(of inputs: [Tensor?], output: Shape, size: Int) -> OperatorParts?
}

/// How an operator's result falls into parts.
package struct OperatorParts: Sendable {
  /// What computes a part.
  package let operation: any PartwiseOperator
  package let parts: [OperatorPart]
  /// Products of every element's sum, where parts are of rows and share their parameters; nil elsewhere.
  package var termCount: Int?
}

/// A part of an operator's result, and what gives it.
package struct OperatorPart: Sendable {
  /// The part's elements in the whole result.
  package let elements: ElementRuns
  /// Dimensions of its first input.
  package let data: Shape
  /// Where the first input comes from, if that is rows of a map in fp32 and the others are parameters.
  package let rows: MapRows?
  /// Copies what it must, so that it is asked for where the part is computed.
  package let inputs: @Sendable () -> [Tensor?]

  init(elements: ElementRuns, data: Shape, rows: MapRows? = nil, inputs: @escaping @Sendable () -> [Tensor?])
  {
    self.elements = elements
    self.data = data
    self.rows = rows
    self.inputs = inputs
  }
}

/// Runs of elements that follow one another, as far apart as each other.
package struct ElementRuns: Sendable, Hashable {
  package let start: Int
  /// Elements of a run.
  package let length: Int
  /// Elements from one run's first to the next one's.
  package let stride: Int
  /// Runs.
  package let runs: Int

  package init(start: Int, length: Int, stride: Int, runs: Int) {
    self.start = start
    self.length = length
    self.stride = stride
    self.runs = runs
  }

  package init(_ range: Range<Int>) {
    self.init(start: range.lowerBound, length: range.count, stride: range.count, runs: 1)
  }

  package var count: Int { length * runs }

  /// The element of this place among them.
  package subscript(place: Int) -> Int { start + place / length * stride + place % length }
}

extension Tensor {
  /// Some of the elements, one run behind the other, as a tensor of one axis; a single run shares their bytes.
  ///
  /// - Precondition: they are there, and an element has a whole number of bytes.
  package func gathered(_ elements: ElementRuns) -> Tensor {
    if elements.runs == 1 || elements.stride == elements.length {
      return stretch(elements.start..<elements.start + elements.count)
    }
    let size = byteCount / shape.count
    let memory = Memory(writtenByteCount: elements.count * size)
    memory.withMutableBytes { target in
      for run in 0..<elements.runs {
        let start = elements.start + run * elements.stride
        target.copy(
          stretch(start..<start + elements.length).bytes, toByteOffset: run * elements.length * size)
      }
    }
    return Tensor(
      memory: memory, range: 0..<memory.byteCount, elementType: elementType, shape: [elements.count])
  }
}

// MARK: - Element by element

extension PartwiseOperator {
  /// Stretches of inputs of one and the same shape.
  package func parts(of inputs: [Tensor?], output: Shape, size: Int) -> OperatorParts? {
    let whole = inputs.compactMap { $0 }
    guard !whole.isEmpty, whole.count == inputs.count,
      whole.allSatisfy({ $0.shape == output && !$0.elementType.isOpaque })
    else { return nil }
    let parts = stride(from: 0, to: output.count, by: size).map { start in
      let elements = start..<min(start + size, output.count)
      return OperatorPart(elements: ElementRuns(elements), data: [elements.count]) {
        whole.map { $0.stretch(elements) }
      }
    }
    return OperatorParts(operation: self, parts: parts)
  }
}

extension Activation: PartwiseOperator {}
extension AddN: PartwiseOperator {}
extension Binary: PartwiseOperator {}
extension Unary: PartwiseOperator {}

extension BatchNorm: PartwiseOperator {
  /// Some channels of an image each.
  package func parts(of inputs: [Tensor?], output: Shape, size: Int) -> OperatorParts? {
    guard axis == 1, let data = inputs.first ?? nil, data.shape == output, data.shape.rank >= 2,
      data.shape.count > 0,
      inputs.dropFirst().allSatisfy({ $0?.shape == [data.shape[1]] })
    else { return nil }
    let channels = data.shape[1]
    let plane = data.shape.dimensions[2...].reduce(1, *)
    let step = min(channels, max(1, size / plane))
    var parts: [OperatorPart] = []
    for image in 0..<data.shape[0] {
      for first in stride(from: 0, to: channels, by: step) {
        let range = first..<min(first + step, channels)
        let start = (image * channels + first) * plane
        let elements = start..<start + range.count * plane
        let shape = Shape([1, range.count, plane])
        parts.append(
          OperatorPart(elements: ElementRuns(elements), data: shape) {
            [data.stretch(elements).reshaped(to: shape)] + inputs.dropFirst().map { $0?.stretch(range) }
          })
      }
    }
    return OperatorParts(operation: self, parts: parts)
  }
}

// MARK: - Convolutions

extension Convolution: PartwiseOperator {
  /// Some rows of an image's map each, from the rows of the data that their windows see; what those see of the padding
  /// above and below is among them.
  package func parts(of inputs: [Tensor?], output: Shape, size: Int) -> OperatorParts? {
    guard geometry.rank == 2, let data = inputs.first ?? nil, data.shape.rank == 4, data.shape.count > 0,
      data.elementType == .float32,
      output.rank == 4, output.count > 0,
      output.dimensions == [
        data.shape[0], filters, (try? geometry.outputSize(0, of: data.shape[2])) ?? nil,
        (try? geometry.outputSize(1, of: data.shape[3])) ?? nil,
      ],
      // What windows see beyond the data is made up of zeros: no more than there are data.
      geometry.extent(0) <= 2 * data.shape[2] + 64, geometry.stride[0] <= data.shape[2] + 64
    else { return nil }
    let (height, width) = (output[2], output[3])
    let (products, overflows) = output.count.multipliedReportingOverflow(
      by: data.shape[1] / groups * (geometry.taps ?? 0))
    guard products >= RerunSums.fewest, !overflows else { return nil }
    var band = self
    band.geometry.padBegin[0] = 0
    band.geometry.padEnd[0] = 0
    let rows = rows(of: height, width: width, data: data.shape)
    var parts: [OperatorPart] = []
    for image in 0..<output[0] {
      for first in stride(from: 0, to: height, by: rows) {
        let count = min(rows, height - first)
        let top = first * geometry.stride[0] - geometry.padBegin[0]
        let seen = top..<top + (count - 1) * geometry.stride[0] + geometry.extent(0)
        let elements = ElementRuns(
          start: (image * filters * height + first) * width, length: count * width, stride: height * width,
          runs: filters)
        let rows = MapRows(map: data, image: image, rows: seen)
        parts.append(
          OperatorPart(
            elements: elements, data: [1, data.shape[1], seen.count, data.shape[3]], rows: rows
          ) { [rows.copied()] + inputs.dropFirst() })
      }
    }
    return OperatorParts(
      operation: band, parts: parts, termCount: termCount(data.shape))
  }

  /// Rows of a part: those with which two threads are done first, of parts that the weights are worth being read for.
  ///
  /// Products go by tiles of twelve positions; reading and arranging an element of the data costs about as much as 32
  /// multiplies.
  private func rows(of height: Int, width: Int, data: Shape) -> Int {
    let depth = data[1] / groups * (geometry.taps ?? 1)
    func cost(_ rows: Int) -> Int {
      let seen = (rows - 1) * geometry.stride[0] + geometry.extent(0)
      return (rows * width + 11) / 12 * 12 * filters * depth + seen * data[3] * data[1] * 32
    }
    func longest(_ rows: Int) -> Int {
      let (full, rest) = (height / rows, height % rows)
      let last = rest == 0 ? 0 : cost(rest)
      return full % 2 == 0 ? full / 2 * cost(rows) + last : (full + 1) / 2 * cost(rows)
    }
    let least = min(height, max(1, 192 / width))
    let most = min(height, max(least, 768 / width))
    return (least...most).min { longest($0) < longest($1) } ?? least
  }
}

/// Rows of one image of a map `[N, C, H, W]` in fp32, zeros above its first and below its last one.
package struct MapRows: Sendable {
  let map: Tensor
  let image: Int
  let rows: Range<Int>

  /// Those that the map has.
  private var inside: Range<Int> {
    let first = max(0, rows.lowerBound)
    return first..<max(first, min(map.shape[2], rows.upperBound))
  }

  /// Room for all of them, zeros where some are missing.
  private var room: MutableElements<Float> {
    let count = map.shape[1] * rows.count * map.shape[3]
    return inside.count == rows.count ? MutableElements(writtenCount: count) : MutableElements(count: count)
  }

  /// `[1, C, rows, W]`.
  func copied() -> Tensor {
    let (channels, height, width) = (map.shape[1], map.shape[2], map.shape[3])
    let (inside, target, source) = (inside, room, Elements<Float>(map))
    target.withSpan { target in
      for channel in 0..<channels where !inside.isEmpty {
        let start = ((image * channels + channel) * height + inside.lowerBound) * width
        target.copy(
          source.part(start..<start + inside.count * width),
          to: (channel * rows.count + inside.lowerBound - rows.lowerBound) * width)
      }
    }
    return target.tensor([1, channels, rows.count, width])
  }

  /// In channels-last order, `[1, rows, W, C]`.
  package func channelsLast(with kernels: any KernelSet<Float>) -> Tensor {
    let (channels, width) = (map.shape[1], map.shape[3])
    let plane = map.shape[2] * width
    let (inside, target) = (inside, room)
    if !inside.isEmpty {
      let first = (inside.lowerBound - rows.lowerBound) * width * channels
      let source = Elements<Float>(
        map.stretch(image * channels * plane..<(image + 1) * channels * plane))
      target[first..<first + inside.count * width * channels].withSpan {
        kernels.transpose(
          source.span,
          Transposition(
            rows: channels, columns: inside.lowerBound * width..<inside.upperBound * width), into: &$0)
      }
    }
    return target.tensor([1, rows.count, width, channels])
  }
}
