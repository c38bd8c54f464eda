package import Tensors

extension Pad {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let (input, output) = (site.input(0), site.output())
    let strides = input.dimensions.rowMajorStrides
    // Each combination of what stands before, in and behind the input along each axis is a part.
    var parts = [Assembly.Part(start: [], counts: [], first: 0, strides: [])]
    for axis in input.dimensions.indices {
      let runs = try runs(along: axis, of: input)
      guard parts.count * runs.count <= Self.partLimit else { throw tooManyParts }
      parts = parts.flatMap { part in
        runs.map { run in
          var part = part
          part.start.append(run.start)
          part.counts.append(run.count)
          part.first += run.first * strides[axis]
          part.strides.append(run.step * strides[axis])
          return part
        }
      }
    }
    return try .assembling(
      Assembly(output.dimensions, parts, filler: mode == .constant ? value : nil), at: site)
  }

  /// Three parts an axis, for more axes than any map has.
  private static var partLimit: Int { 1 << 12 }

  private var tooManyParts: OperatorError {
    .attribute("padBegin", found: "\(padBegin)", expected: "fewer padded axes, or copies of fewer elements")
  }

  /// Places of the output along one axis that step evenly through the input.
  private struct Run {
    var start: Int
    var count: Int
    /// The input's place for the first, and from one to the next.
    var first: Int
    var step: Int
  }

  private func runs<T>(
    along physicalAxis: Int, of input: Site<T>.Argument
  ) throws(OperatorError) -> [Run] {
    let axis = input.shape.dimensions.indices.first { input.axis($0) == physicalAxis } ?? physicalAxis
    let size = input.dimensions[physicalAxis] - cut(axis).begin - cut(axis).end
    let (before, behind) = (max(padBegin[axis], 0), max(padEnd[axis], 0))
    let first = cut(axis).begin
    var runs = [Run(start: before, count: size, first: first, step: 1)]
    switch mode {
    case .constant: break
    case .edge, .reflect:
      let isMirrored = mode == .reflect
      if before > 0 {
        runs.append(
          Run(start: 0, count: before, first: first + (isMirrored ? before : 0), step: isMirrored ? -1 : 0))
      }
      if behind > 0 {
        runs.append(
          Run(
            start: before + size, count: behind, first: first + size - (isMirrored ? 2 : 1),
            step: isMirrored ? -1 : 0))
      }
    case .wrap:
      // Copies of the whole on both sides; the outermost ones may be cut.
      guard size > 0 else { break }
      guard (before + behind) / size <= Self.partLimit else { throw tooManyParts }
      for end in stride(from: before, to: 0, by: -size) {
        let count = min(size, end)
        runs.append(Run(start: end - count, count: count, first: first + size - count, step: 1))
      }
      for start in stride(from: 0, to: behind, by: size) {
        runs.append(
          Run(start: before + size + start, count: min(size, behind - start), first: first, step: 1))
      }
    }
    return runs
  }
}
