package import Tensors

extension Pad {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let (input, output) = (site.input(0), site.output())
    let strides = input.dimensions.rowMajorStrides
    // Each combination of what stands before, in and behind the input along each axis is a part.
    var parts = [Assembly.Part(start: [], counts: [], first: 0, strides: [])]
    for axis in input.dimensions.indices {
      let runs = runs(along: axis, of: input)
      guard parts.count * runs.count <= Self.partLimit else {
        throw .attribute("padBegin", found: "\(padBegin)", expected: "fewer padded axes")
      }
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

  /// Places of the output along one axis that step evenly through the input.
  private struct Run {
    var start: Int
    var count: Int
    /// The input's place for the first, and from one to the next.
    var first: Int
    var step: Int
  }

  private func runs<T>(along physicalAxis: Int, of input: Site<T>.Argument) -> [Run] {
    let axis = input.shape.dimensions.indices.first { input.axis($0) == physicalAxis } ?? physicalAxis
    let (size, before, behind) = (input.dimensions[physicalAxis], padBegin[axis], padEnd[axis])
    var runs = [Run(start: before, count: size, first: 0, step: 1)]
    guard mode != .constant else { return runs }
    let isMirrored = mode == .reflect
    if before > 0 {
      runs.append(
        Run(start: 0, count: before, first: isMirrored ? before : 0, step: isMirrored ? -1 : 0))
    }
    if behind > 0 {
      runs.append(
        Run(
          start: before + size, count: behind, first: size - (isMirrored ? 2 : 1), step: isMirrored ? -1 : 0))
    }
    return runs
  }
}
