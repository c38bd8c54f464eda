package import Tensors

extension ArgMax {
  package var layout: LayoutPreference { axis == nil ? .logical : .any }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> {
    let input = site.input(0)
    let sizes = input.dimensions
    let along = axis.map { input.axis($0) }
    let count = along.map { sizes[$0] } ?? sizes.reduce(1, *)
    // Elements from one place of the search to the next.
    let inner = along.map { sizes[($0 + 1)...].reduce(1, *) } ?? 1
    let isSmallest = function == .min
    let isFloating = input.elementType.isFloatingPoint
    return Step { evaluation throws(OperatorError) in
      let total = evaluation.outputCount()
      guard count > 0 || total == 0 else {
        throw .input("data", found: "no elements along the axis", expected: "at least 1")
      }
      guard isFloating else {
        let numbers = try evaluation.integers(0)
        return evaluation.write(
          (0..<total).map { row in
            place(count) { best, next in
              let first = row / inner * inner * count + row % inner
              let (a, b) = (numbers[first + best * inner], numbers[first + next * inner])
              return isSmallest ? b < a : b > a
            }
          })
      }
      let x = evaluation.input(0)
      let places = MutableElements<Int64>(count: total)
      places.forEachChunk(of: 1 << 10, on: evaluation.threads) { start, chunk, _ in
        for index in chunk.indices {
          let first = (start + index) / inner * inner * count + (start + index) % inner
          chunk[index] = Int64(
            place(count) { best, next in
              let (a, b) = (x.span[first + best * inner], x.span[first + next * inner])
              // NaN is beyond all numbers, as MXNet compares.
              if a.isNaN || b.isNaN { return !a.isNaN }
              return isSmallest ? b < a : b > a
            })
        }
      }
      let result = places.elements
      evaluation.write((0..<total).map { Int(result.span[$0]) })
    }
  }

  /// The place of the best of so many, the first of equals.
  private func place(_ count: Int, isBetter: (_ best: Int, _ next: Int) -> Bool) -> Int {
    var best = 0
    for next in 1..<max(1, count) where isBetter(best, next) { best = next }
    return best
  }
}
