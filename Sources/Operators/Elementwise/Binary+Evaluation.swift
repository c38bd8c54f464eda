package import Tensors

extension Binary {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    try site.requireOneType(of: 0..<2)
    let output = site.output()
    let meeting = Broadcasting(
      site.input(0).dimensions, site.input(1).dimensions, output: output.dimensions)
    guard output.elementType.isFloatingPoint else { return integerStep(meeting) }
    guard let kernel = function.kernel else {
      return Step { evaluation in
        let (left, right) = (evaluation.input(0), evaluation.input(1))
        evaluation.output().forEachChunk(of: 1 << 13, on: evaluation.threads) { start, chunk, _ in
          meeting.forEachRun(of: start..<(start + chunk.count)) { a, b, place, count in
            for index in 0..<count {
              chunk[place + index] = T.pow(
                left.span[meeting.repeats.0 ? a : a + index], right.span[meeting.repeats.1 ? b : b + index])
            }
          }
        }
      }
    }
    return Step { [kernels = site.kernels] evaluation in
      let (left, right) = (evaluation.input(0), evaluation.input(1))
      evaluation.output().forEachChunk(of: 1 << 14, on: evaluation.threads) { start, chunk, _ in
        meeting.forEachRun(of: start..<(start + chunk.count)) { a, b, place, count in
          kernels.combine(
            kernel, left.span.extracting(a..<(a + (meeting.repeats.0 ? 1 : count))),
            right.span.extracting(b..<(b + (meeting.repeats.1 ? 1 : count))), into: &chunk,
            place..<(place + count))
        }
      }
    }
  }

  /// Whole numbers wrap around, as in every framework; division cuts fractions off.
  private func integerStep<T: Lane>(_ meeting: Broadcasting) -> Step<T> {
    Step { [function] evaluation throws(OperatorError) in
      let left = try evaluation.integers(0)
      let right = try evaluation.integers(1)
      if function == .divide, right.contains(0) {
        throw .input("right", found: "a zero among whole numbers", expected: "divisors other than 0")
      }
      var result = Array(repeating: 0, count: evaluation.outputCount())
      meeting.forEachRun(of: result.indices) { a, b, place, count in
        for index in 0..<count {
          result[place + index] = function.apply(
            left[meeting.repeats.0 ? a : a + index], right[meeting.repeats.1 ? b : b + index])
        }
      }
      evaluation.write(result)
    }
  }
}

extension Binary.Function {
  /// Nil for what has no kernel.
  var kernel: BinaryFunction? {
    switch self {
    case .add: .add
    case .subtract: .subtract
    case .multiply: .multiply
    case .divide: .divide
    case .maximum: .maximum
    case .minimum: .minimum
    case .power: nil
    }
  }

  /// Of whole numbers, which wrap around; a quotient's fraction is cut off.
  func apply(_ a: Int, _ b: Int) -> Int {
    switch self {
    case .add: a &+ b
    case .subtract: a &- b
    case .multiply: a &* b
    case .divide: a.dividedReportingOverflow(by: b).partialValue
    case .maximum: max(a, b)
    case .minimum: min(a, b)
    case .power: a.power(b)
    }
  }
}

extension Int {
  /// The power, wrapping around; a negative exponent leaves what is left of the fraction, 0 but for ±1.
  fileprivate func power(_ exponent: Int) -> Int {
    if exponent < 0 { return self == 1 ? 1 : self == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0 }
    var (result, base, rest) = (1, self, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result = result &* base }
      base = base &* base
      rest >>= 1
    }
    return result
  }
}
