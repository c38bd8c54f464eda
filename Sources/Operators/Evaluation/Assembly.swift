internal import Bytes
internal import Tensors

/// How an output is put together from rectangles of inputs, whatever the type of their elements.
///
/// Dimensions are those of memory, or of any view of it in the same order.
struct Assembly: Sendable {
  /// A rectangle of the output and the strided elements of an input that fill it.
  struct Part: Sendable {
    var input = 0
    /// The rectangle's first place along each axis.
    var start: [Int]
    /// Its places along each axis.
    var counts: [Int]
    /// The input's element for the first place.
    var first: Int
    /// The input's elements from one place to the next along each axis.
    var strides: [Int]
  }

  let dimensions: [Int]
  let parts: [Part]
  /// What stands where no part does; nil where parts cover everything.
  var filler: Double?

  init(_ dimensions: [Int], _ parts: [Part], filler: Double? = nil) {
    self.dimensions = dimensions
    self.parts = parts
    self.filler = filler
  }
}

extension [Int] {
  /// Elements from one place to the next along each axis of dimensions in row-major order.
  var rowMajorStrides: [Int] {
    var strides = self
    var stride = 1
    for axis in indices.reversed() {
      strides[axis] = stride
      stride *= self[axis]
    }
    return strides
  }
}

extension Step {
  /// Copies rectangles of inputs to outputs.
  ///
  /// - Parameter outputs: for each output one assembly, or several that fill parts of it one after the other.
  /// - Throws: `OperatorError` where elements are not whole bytes that a number takes.
  static func assembling(
    _ outputs: [(output: Int, assembly: Assembly)], at site: Site<T>
  ) throws(OperatorError) -> Step {
    for (output, assembly) in outputs {
      let type = site.output(output).elementType
      guard [8, 16, 32, 64].contains(type.bitCount), !type.isOpaque || assembly.filler == nil else {
        throw .input("data", found: "\(type.rawValue) elements", expected: "numbers")
      }
      for part in assembly.parts where site.input(part.input).elementType != type {
        throw .input(
          "\(part.input)", found: "\(site.input(part.input).elementType.rawValue) elements",
          expected: "\(type.rawValue) ones, as the output has")
      }
    }
    return Step { evaluation in
      for (output, assembly) in outputs {
        let type = site.output(output).elementType
        let word = assembly.word(of: type)
        switch type.bitCount {
        case 8: evaluation.assemble(assembly, output, UInt8(truncatingIfNeeded: word))
        case 16: evaluation.assemble(assembly, output, UInt16(truncatingIfNeeded: word))
        case 32: evaluation.assemble(assembly, output, UInt32(truncatingIfNeeded: word))
        default: evaluation.assemble(assembly, output, word)
        }
      }
    }
  }

  /// Copies rectangles of inputs to output 0.
  ///
  /// - Throws: `OperatorError` where elements are not whole bytes that a number takes.
  static func assembling(_ assembly: Assembly, at site: Site<T>) throws(OperatorError) -> Step {
    try assembling([(0, assembly)], at: site)
  }
}

extension Assembly {
  /// The filler's bits as an element of a type.
  fileprivate func word(of type: ElementType) -> UInt64 {
    let filler = filler ?? 0
    switch type {
    case .float32: return UInt64(Float(filler).bitPattern)
    case .float64: return filler.bitPattern
    default: return UInt64(bitPattern: Int64(Int(checked: filler) ?? 0))
    }
  }
}

extension Evaluation {
  fileprivate func assemble<U: TensorElement & FixedWidthInteger>(
    _ assembly: Assembly, _ output: Int, _ filler: U
  ) {
    let moves = assembly.parts.compactMap { PreparedPart($0, of: assembly.dimensions) }
    let sources = moves.map { Elements<U>(tensor($0.input).reinterpreted(as: U.elementType)) }
    // Outer axes of one element do not count: the first longer one is shared among the threads.
    let axis = assembly.dimensions.firstIndex { $0 > 1 } ?? 0
    let slice = assembly.dimensions.dropFirst(axis + 1).reduce(1, *)
    guard slice > 0 else { return }
    let isFilled = assembly.filler != nil
    outputWords(output, as: U.self).forEachChunk(of: max(1, (1 << 14) / slice) * slice, on: threads) {
      start, chunk, _ in
      if isFilled { chunk.update(repeating: filler) }
      for (move, source) in zip(moves, sources) {
        move.run(start / slice..<(start + chunk.count) / slice, of: axis, source.span, into: &chunk)
      }
    }
  }
}

/// A part whose neighbouring axes are joined where both sides step through them alike.
private struct PreparedPart: Sendable {
  private struct Axis: Sendable {
    var count: Int
    var source: Int
    var target: Int
  }

  let input: Int
  /// Its places along the axis that is shared among threads.
  private let start: Int
  private let count: Int
  private let sharedSource: Int
  private let sharedTarget: Int
  /// The input's first element, and the place in a slice of the shared axis.
  private let first: Int
  private let offset: Int
  /// Axes within a slice, the outermost first; the last one is the run.
  private let axes: [Axis]

  /// Nil for an empty part.
  init?(_ part: Assembly.Part, of dimensions: [Int]) {
    guard !part.counts.contains(0) else { return nil }
    let targets = dimensions.rowMajorStrides
    let shared = dimensions.firstIndex { $0 > 1 } ?? 0
    input = part.input
    first = part.first
    start = shared < part.start.count ? part.start[shared] : 0
    count = shared < part.counts.count ? part.counts[shared] : 1
    sharedSource = shared < part.strides.count ? part.strides[shared] : 1
    sharedTarget = shared < targets.count ? targets[shared] : 1
    var axes: [Axis] = []
    var offset = 0
    for axis in dimensions.indices.dropFirst(shared + 1) {
      offset += part.start[axis] * targets[axis]
      let next = Axis(count: part.counts[axis], source: part.strides[axis], target: targets[axis])
      guard next.count > 1 else { continue }
      if let last = axes.last, last.source == next.source * next.count,
        last.target == next.target * next.count
      {
        axes[axes.count - 1] = Axis(count: last.count * next.count, source: next.source, target: next.target)
      } else {
        axes.append(next)
      }
    }
    self.axes = axes
    self.offset = offset
  }

  /// Copies what lies in some slices of the shared axis.
  func run<U: TensorElement & FixedWidthInteger>(
    _ slices: Range<Int>, of axis: Int, _ source: Span<U>, into chunk: inout MutableSpan<U>
  ) {
    let wanted = slices.clamped(to: start..<start + count)
    guard !wanted.isEmpty else { return }
    let from = first + (wanted.lowerBound - start) * sharedSource
    let to = (wanted.lowerBound - slices.lowerBound) * sharedTarget + offset
    let outer = Axis(count: wanted.count, source: sharedSource, target: sharedTarget)
    copy([outer] + axes, source, from, into: &chunk, to)
  }

  private func copy<U: TensorElement & FixedWidthInteger>(
    _ axes: [Axis], _ source: Span<U>, _ from: Int, into chunk: inout MutableSpan<U>, _ to: Int
  ) {
    guard let run = axes.last else { return }
    var indices = Array(repeating: 0, count: axes.count - 1)
    var (from, to) = (from, to)
    while true {
      Self.copy(run, source, from, into: &chunk, to)
      // The next run, as an odometer counts.
      var axis = axes.count - 2
      while axis >= 0 {
        indices[axis] += 1
        from += axes[axis].source
        to += axes[axis].target
        if indices[axis] < axes[axis].count { break }
        from -= axes[axis].source * axes[axis].count
        to -= axes[axis].target * axes[axis].count
        indices[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  private static func copy<U: TensorElement & FixedWidthInteger>(
    _ run: Axis, _ source: Span<U>, _ from: Int, into chunk: inout MutableSpan<U>, _ to: Int
  ) {
    if run.source == 1, run.target == 1, run.count >= 16 {
      chunk.copy(source.extracting(from..<from + run.count), to: to)
    } else {
      for index in 0..<run.count { chunk[to + index * run.target] = source[from + index * run.source] }
    }
  }
}
