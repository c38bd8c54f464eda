internal import Tensors

/// How the elements of two tensors meet, where dimensions of 1 are repeated.
///
/// Neighbouring axes that both tensors step through alike are one.
struct Broadcasting: Sendable {
  private struct Axis: Sendable {
    var size: Int
    /// Elements from one place to the next in either tensor; 0 where it repeats.
    var strides: (Int, Int)
  }

  /// Elements that stand next to each other, or are one, in both tensors.
  let run: Int
  /// Whether a run of each tensor is a single element.
  let repeats: (Bool, Bool)
  private let outer: [Axis]

  /// - Precondition: the dimensions fit those of the output, aligned at the last.
  init(_ left: [Int], _ right: [Int], output: [Int]) {
    var axes: [Axis] = []
    var counts = (1, 1)
    for axis in 1...max(1, output.count) where axis <= output.count {
      let size = output[output.count - axis]
      let a = axis <= left.count ? left[left.count - axis] : 1
      let b = axis <= right.count ? right[right.count - axis] : 1
      let strides = (a == 1 ? 0 : counts.0, b == 1 ? 0 : counts.1)
      if size != 1 {
        if let last = axes.last, Self.continues(last, strides) {
          axes[axes.count - 1].size *= size
        } else {
          axes.append(Axis(size: size, strides: strides))
        }
      }
      counts = (counts.0 * a, counts.1 * b)
    }
    let inner = axes.first ?? Axis(size: 1, strides: (0, 0))
    run = inner.size
    repeats = (inner.strides.0 == 0, inner.strides.1 == 0)
    outer = Array(axes.dropFirst())
  }

  private static func continues(_ axis: Axis, _ strides: (Int, Int)) -> Bool {
    strides.0 == axis.strides.0 * axis.size && strides.1 == axis.strides.1 * axis.size
  }

  /// Visits the runs that make up a range of the output.
  ///
  /// - Parameter body: gets the first element in both tensors, the first in the range, and the count.
  func forEachRun(
    of range: Range<Int>, _ body: (_ left: Int, _ right: Int, _ place: Int, _ count: Int) -> Void
  ) {
    var position = range.lowerBound
    while position < range.upperBound {
      let column = position % run
      var rest = position / run
      var places = (repeats.0 ? 0 : column, repeats.1 ? 0 : column)
      for axis in outer {
        let index = rest % axis.size
        rest /= axis.size
        places = (places.0 + index * axis.strides.0, places.1 + index * axis.strides.1)
      }
      let count = min(run - column, range.upperBound - position)
      body(places.0, places.1, position - range.lowerBound, count)
      position += count
    }
  }
}
