package import Tensors

extension Resize {
  package var layout: LayoutPreference { axes.allSatisfy { $0 >= 2 } ? .channelsLast : .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let (input, output) = (site.input(0), site.output())
    guard output.shape.count > 0 else { return Step { _ in } }
    guard input.shape.count > 0 else {
      throw .input("data", found: "shape \(input.shape)", expected: "elements")
    }
    let plan = try ResizePlan<T>(self, input, output)
    guard method == .nearest, coordinates != .region else {
      guard input.elementType.isFloatingPoint else {
        throw .input("data", found: "\(input.elementType.rawValue) elements", expected: "floating-point ones")
      }
      return plan.mix(extrapolation: T(Float(extrapolation)))
    }
    return .moving(NearestMove(plan: plan))
  }
}

/// Where the elements of a resized tensor come from, in memory order.
struct ResizePlan<T: Lane>: Sendable {
  /// The axes up to the last that changes, with the taps of those that change.
  private let sizes: [Int]
  private let strides: [Int]
  private let taps: [ResizeTaps<T>?]
  /// Elements that follow one another behind those axes, unchanged.
  let run: Int
  /// Taps of one output position.
  let tapCount: Int

  init(
    _ resize: Resize, _ input: Site<T>.Argument, _ output: Site<T>.Argument
  ) throws(OperatorError) {
    let targets = try resize.targets(input.shape.dimensions)
    var taps: [ResizeTaps<T>?] = Array(repeating: nil, count: output.dimensions.count)
    var last = -1
    for (index, axis) in resize.axes.enumerated() {
      guard let target = targets[index] else { continue }
      let place = input.axis(axis)
      taps[place] = try ResizeTaps(resize, axis: index, size: input.shape[axis], target: target)
      last = max(last, place)
    }
    sizes = Array(output.dimensions.prefix(last + 1))
    strides = Array(input.dimensions.rowMajorStrides.prefix(last + 1))
    self.taps = Array(taps.prefix(last + 1))
    run = output.dimensions.dropFirst(last + 1).reduce(1, *)
    tapCount = taps.reduce(1) { $0 * ($1?.count ?? 1) }
  }

  /// Lists the first elements of the runs that make an output position, with their weights.
  ///
  /// - Returns: whether the position lies in the data.
  func list(_ position: Int, _ places: inout [Int], _ weights: inout [T]) -> Bool {
    places.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    places.append(0)
    weights.append(1)
    var rest = position
    for axis in sizes.indices.reversed() {
      let index = rest % sizes[axis]
      rest /= sizes[axis]
      guard let own = taps[axis] else {
        for place in places.indices { places[place] += index * strides[axis] }
        continue
      }
      if own.isOutside[index] { return false }
      let (known, range) = (places.count, own.range(of: index))
      guard let first = range.first else {
        places.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        return true
      }
      for tap in range.dropFirst() {
        let (offset, weight) = (own.places[tap] * strides[axis], own.weights[tap])
        for place in 0..<known {
          places.append(places[place] + offset)
          weights.append(weights[place] * weight)
        }
      }
      let (offset, weight) = (own.places[first] * strides[axis], own.weights[first])
      for place in 0..<known {
        places[place] += offset
        weights[place] *= weight
      }
    }
    return true
  }

  /// Each output element as a sum of products.
  func mix(extrapolation: T) -> Step<T> {
    let rows = max(1, (1 << 12) / max(1, run))
    return Step { evaluation in
      let x = evaluation.input(0)
      evaluation.output().forEachChunk(of: rows * run, on: evaluation.threads) { start, y, _ in
        var (places, weights): ([Int], [T]) = ([], [])
        for first in stride(from: 0, to: y.count, by: run) {
          guard list((start + first) / run, &places, &weights) else {
            for index in first..<first + run { y[index] = extrapolation }
            continue
          }
          for index in first..<first + run { y[index] = 0 }
          for (place, weight) in zip(places, weights) {
            let source = x.span.extracting(place..<place + run)
            for index in 0..<run { y[first + index] += weight * source[index] }
          }
        }
      }
    }
  }
}

private struct NearestMove<V: Lane>: ElementMove {
  let plan: ResizePlan<V>

  func run<T: Lane, U: TensorElement>(_ evaluation: Evaluation<T>, as word: U.Type) {
    let x = evaluation.words(0, as: word)
    let run = plan.run
    let rows = max(1, (1 << 12) / max(1, run))
    evaluation.outputWords(0, as: word).forEachChunk(of: rows * run, on: evaluation.threads) { start, y, _ in
      var (places, weights): ([Int], [V]) = ([], [])
      for first in stride(from: 0, to: y.count, by: run) {
        _ = plan.list((start + first) / run, &places, &weights)
        for index in 0..<run { y[first + index] = x.span[places[0] + index] }
      }
    }
  }
}
