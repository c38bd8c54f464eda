package import Tensors

extension AddN {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    try site.requireOneType(of: 0..<count)
    if count == 1 { return .alias() }
    guard site.output().elementType.isFloatingPoint else { return integerStep() }
    let block = 1 << 13
    return Step(scratch: block) { [kernels = site.kernels, count] evaluation in
      let (first, second) = (evaluation.input(0), evaluation.input(1))
      let others = (2..<count).map { evaluation.input($0) }
      evaluation.output().forEachChunk(of: block, on: evaluation.threads) { start, sum, worker in
        let range = start..<(start + sum.count)
        kernels.combine(
          .add, first.span.extracting(range), second.span.extracting(range), into: &sum, sum.indices)
        for input in others { add(input, range, to: &sum, evaluation.scratch(of: worker), kernels) }
      }
    }
  }

  /// The kernels read and write different memory: the sum so far is copied first.
  private func add<T: Lane>(
    _ input: Elements<T>, _ range: Range<Int>, to sum: inout MutableSpan<T>, _ scratch: MutableElements<T>,
    _ kernels: any KernelSet<T>
  ) {
    scratch.withSpan { other in
      for index in sum.indices { other[index] = sum[index] }
    }
    kernels.combine(
      .add, scratch.elements.span.extracting(..<sum.count), input.span.extracting(range), into: &sum,
      sum.indices)
  }

  private func integerStep<T: Lane>() -> Step<T> {
    Step { [count] evaluation throws(OperatorError) in
      var sum = try evaluation.integers(0)
      for index in 1..<count {
        for (place, term) in try evaluation.integers(index).enumerated() { sum[place] &+= term }
      }
      evaluation.write(sum)
    }
  }
}
