internal import Operators
internal import Tensors

/// Factors and shifts that are read off the numbers.
extension Diagnosis {
  /// Least elements that share a fitted number: fewer would fit anything.
  private static let leastShare = 8

  /// - Precondition: the recorded shape is the expected one.
  var fittedAlternatives: [Alternative] {
    let (found, declared) = (recorded.converted(to: Double.self), expected.converted(to: Double.self))
    let shape = recorded.shape
    guard found.count >= Self.leastShare, found.allSatisfy(\.isFinite), declared.allSatisfy(\.isFinite) else {
      return []
    }
    var list: [Alternative] = []
    let factor = Self.factor(found, declared, found.indices)
    if let factor {
      list.append(
        fitted(
          "every element times \(ReportText.significant(factor, 6))",
          "look for a factor in front of the layer or behind it"
        ) { x, _ in x / factor })
    }
    let shift = Self.shift(found, declared, found.indices)
    list.append(
      fitted(
        "every element plus \(ReportText.significant(shift, 6))",
        "look for a constant that is added before the layer or behind it"
      ) { x, _ in x - shift })
    guard shape.rank >= 2, shape[1] > 1, found.count / shape[1] >= Self.leastShare else { return list }
    let inner = shape.dimensions[2...].reduce(1, *)
    let channels = (0..<shape[1]).map { channel in
      (0..<shape[0]).flatMap { row in
        let start = (row * shape[1] + channel) * inner
        return start..<start + inner
      }
    }
    let shifts = channels.map { Self.shift(found, declared, $0) }
    list.append(
      fitted("a bias of its own in each channel", "compare the bias with the model's") { x, element in
        x - shifts[element / inner % shape[1]]
      })
    let factors = channels.map { Self.factor(found, declared, $0) ?? 1 }
    list.append(
      fitted(
        "a factor of its own in each channel",
        "compare the filters' scale with the model's, and what was folded into them"
      ) { x, element in x / factors[element / inner % shape[1]] })
    return list
  }

  private func fitted(
    _ cause: String, _ remedy: String, _ restore: @escaping @Sendable (Double, Int) -> Double
  ) -> Alternative {
    Alternative(
      cause, remedy: remedy, operation: operation,
      restored: { tensor in
        let values = tensor.converted(to: Double.self)
        return Tensor(values.indices.map { restore(values[$0], $0) }, shape: tensor.shape)
      })
  }

  /// The factor by least squares; nil where there is nothing to multiply.
  private static func factor(
    _ found: [Double], _ expected: [Double], _ elements: some Sequence<Int>
  ) -> Double? {
    var (products, squares) = (0.0, 0.0)
    for element in elements {
      products += found[element] * expected[element]
      squares += expected[element] * expected[element]
    }
    let factor = products / squares
    return factor.isFinite && factor != 0 ? factor : nil
  }

  private static func shift(
    _ found: [Double], _ expected: [Double], _ elements: some Collection<Int>
  ) -> Double {
    elements.reduce(0) { $0 + (found[$1] - expected[$1]) } / Double(max(1, elements.count))
  }
}
