internal import Tensors

/// Errors that a closure gives, in units of u.
struct FormulaBound: ElementBound {
  let formula: @Sendable (Int) -> (sigma: Double, hard: Double)

  func error(of element: Int) -> (sigma: Double, hard: Double) { formula(element) }
}

/// Errors in proportion to results: σ and the hard bound as shares of |y|, in units of u.
private struct RelativeBound: ElementBound {
  let y: Elements<Double>
  let sigma: Double
  let hard: Double

  func error(of element: Int) -> (sigma: Double, hard: Double) {
    let size = abs(y[element])
    return (sigma * size, hard * size)
  }

  func allow(
    _ elements: Range<Int>, unit: Double, variances: inout MutableSpan<Double>,
    bounds: inout MutableSpan<Double>
  ) {
    let y = y.part(elements)
    let (variance, hard) = (sigma * unit * (sigma * unit), hard * unit)
    for place in y.indices {
      variances[place] = variance * (y[place] * y[place])
      bounds[place] = hard * abs(y[place])
    }
  }
}

/// Errors of normalised values, with a scale and a shift for each channel.
private struct NormalizationBound: ElementBound {
  struct Channel {
    let scale: Double
    /// What of a squared deviation and of a hard bound is the same for all elements.
    let squares: Double
    let hard: Double

    init(scale: Double, mean: Double, beta: Double) {
      self.scale = scale
      let shift = mean * scale
      squares = 1.5 * shift * shift + (beta - shift) * (beta - shift) / 3
      hard = 5 * abs(shift) + 2 * abs(beta)
    }
  }

  let x: Elements<Double>
  let y: Elements<Double>
  /// Elements of a channel that follow one another.
  let inner: Int
  let channels: [Channel]

  func error(of element: Int) -> (sigma: Double, hard: Double) {
    let error = parts(channels[element / inner % channels.count], x[element], y[element])
    return (error.squares.squareRoot(), error.hard)
  }

  func allow(
    _ elements: Range<Int>, unit: Double, variances: inout MutableSpan<Double>,
    bounds: inout MutableSpan<Double>
  ) {
    var start = elements.lowerBound
    while start < elements.upperBound {
      let channel = channels[start / inner % channels.count]
      let part = start..<min(elements.upperBound, (start / inner + 1) * inner)
      let (x, y) = (x.part(part), y.part(part))
      let first = start - elements.lowerBound
      for index in y.indices {
        let error = parts(channel, x[index], y[index])
        variances[first + index] = error.squares * (unit * unit)
        bounds[first + index] = error.hard * unit
      }
      start = part.upperBound
    }
  }

  @inline(__always)
  private func parts(_ channel: Channel, _ x: Double, _ y: Double) -> (squares: Double, hard: Double) {
    let scaled = x * channel.scale
    return (scaled * scaled + channel.squares + y * y * (1 / 3), 4 * abs(scaled) + channel.hard + abs(y))
  }
}

extension BatchNorm {
  /// In any order of evaluation (as written, scale and shift, folded into a convolution before); s = γ/√(v + ε):
  /// σ² = u²·((x·s)² + 1.5·(μ·s)² + (β − μ·s)²/3 + y²/3), hard u·(4|x·s| + 5|μ·s| + 2|β| + |y|).
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    guard let rank = Optional(operands.outputShape.rank), rank > 0 else { return .unknown("it has no axis") }
    let place = axis < 0 ? axis + rank : axis
    let inner = operands.outputShape.dimensions[(place + 1)...].reduce(1, *)
    let channels = operands.outputShape[place]
    let x = Elements<Double>(operands.input(0).widened)
    let (gamma, beta) = (
      operands.input(1).converted(to: Double.self), operands.input(2).converted(to: Double.self)
    )
    let (mean, variance) = (
      operands.input(3).converted(to: Double.self), operands.input(4).converted(to: Double.self)
    )
    return .elementwise(
      NormalizationBound(
        x: x, y: operands.reference, inner: inner,
        channels: (0..<channels).map { channel in
          let scale = (fixGamma ? 1 : gamma[channel]) / (variance[channel] + epsilon).squareRoot()
          return NormalizationBound.Channel(scale: scale, mean: mean[channel], beta: beta[channel])
        }))
  }
}

extension ErrorBound {
  /// One rounding of the result: σ² = u²·y²/3.
  static func rounded(_ operands: BoundOperands) -> ErrorBound { relative(operands, sigma: 0.57735, hard: 1) }

  /// An error in proportion to the result, in units of u: functions of a library are within a few ULP.
  static func relative(_ operands: BoundOperands, sigma: Double, hard: Double) -> ErrorBound {
    .elementwise(RelativeBound(y: operands.reference, sigma: sigma, hard: hard))
  }
}

extension Binary {
  /// Sums, differences, products and quotients round once; maximum and minimum not at all.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    switch function {
    case .add, .subtract, .multiply, .divide: .rounded(operands)
    case .maximum, .minimum: .exact
    // pow is within 1 ULP in the C libraries, a few in vector libraries.
    case .power: .relative(operands, sigma: 1.5, hard: 16)
    }
  }
}

extension Activation {
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    switch function {
    case .relu: .exact
    // exp, tanh and log1p within 2 ULP, one or two more roundings.
    case .tanh: .relative(operands, sigma: 2, hard: 12)
    case .sigmoid: sigmoid(operands)
    case .softsign: .relative(operands, sigma: 1, hard: 3)
    case .softrelu: softrelu(operands)
    }
  }

  /// Some compute 1/2 + tanh(x/2)/2 by a quotient of polynomials (ONNX Runtime's MLAS): where the sum is small, the
  /// rounding of its halves stays, to 2u in absolute terms.
  private func sigmoid(_ operands: BoundOperands) -> ErrorBound {
    let y = operands.reference
    return .elementwise(FormulaBound { (0.4 + 2 * abs(y[$0]), 4 + 12 * abs(y[$0])) })
  }

  /// log(1 + exp x): far below 0 the sum 1 + exp x loses what exp x was, to u in absolute terms.
  private func softrelu(_ operands: BoundOperands) -> ErrorBound {
    let y = operands.reference
    return .elementwise(FormulaBound { (0.6 + 2 * abs(y[$0]), 1 + 8 * abs(y[$0])) })
  }
}

extension AddN {
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    if count <= 2 { return .rounded(operands) }
    let inputs = (0..<count).map { Elements<Double>(operands.input($0).widened) }
    return .sums(
      GatheredSums(count: count) { element, terms in
        for input in inputs { terms.products.append(input.span[element]) }
      })
  }
}

/// Sums whose terms a closure lists; all have the same count.
struct GatheredSums: SumBound {
  let count: Int
  let gather: @Sendable (Int, inout SumTerms) -> Void

  func termCount(of element: Int) -> Int { count }
  func list(_ element: Int, into terms: inout SumTerms) { gather(element, &terms) }
}

extension Softmax {
  /// σᵢ² = (u·pᵢ)²·(dᵢ + Σpⱼ²·dⱼ + K/9 + 1/3), dᵢ = (xᵢ − max)²/3 + 1: exp within 2 ULP of a rounded difference.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let shape = operands.outputShape
    guard shape.rank > 0 else { return .exact }
    let place = axis < 0 ? axis + shape.rank : axis
    let inner = span == .trailing ? 1 : shape.dimensions[(place + 1)...].reduce(1, *)
    let classes = span == .trailing ? shape.dimensions[place...].reduce(1, *) : shape[place]
    let x = operands.input(0).converted(to: Double.self)
    let p = operands.reference
    let rows = classes == 0 ? 0 : shape.count / classes
    var largest = [Double](repeating: -.infinity, count: rows)
    var mixed = [Double](repeating: 0, count: rows)
    func row(_ element: Int) -> Int { element / (classes * inner) * inner + element % inner }
    for element in x.indices { largest[row(element)] = max(largest[row(element)], x[element] / temperature) }
    func spread(_ element: Int) -> Double { abs(x[element] / temperature - largest[row(element)]) }
    for element in x.indices {
      mixed[row(element)] += p[element] * p[element] * (spread(element) * spread(element) / 3 + 1)
    }
    let (tops, sums, k) = (largest, mixed, Double(classes))
    let rowOf: @Sendable (Int) -> Int = { $0 / (classes * inner) * inner + $0 % inner }
    let scale = temperature
    return .elementwise(
      FormulaBound { element in
        let index = rowOf(element)
        let distance = abs(x[element] / scale - tops[index])
        let squares = distance * distance / 3 + 1 + sums[index] + k / 9 + 1.0 / 3
        return (p[element] * squares.squareRoot(), p[element] * (2 * distance + 2 * k + 12))
      })
  }
}

extension SmoothL1 {
  /// 0.5·(σx)² or |x| − 0.5/σ²: three roundings at most.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let x = Elements<Double>(operands.input(0).widened)
    let y = operands.reference
    return .elementwise(
      FormulaBound { (0.58 * abs(y[$0]) + 0.58 * abs(x.span[$0]), 3 * abs(y[$0]) + 2 * abs(x.span[$0])) })
  }
}
