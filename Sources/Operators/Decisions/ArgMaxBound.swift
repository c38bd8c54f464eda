internal import Bytes
internal import Tensors

/// The choices of a search for the largest or smallest: nothing rounds, but equal elements may be told apart by
/// another rule.
struct ArgMaxBound: DecisionBound {
  let operation: ArgMax
  let data: Tensor
  let reference: [Double]

  var isExact: Bool { true }

  func judge(
    recorded: [Tensor?], output: Int, unitRoundoff u: Double, storage: Double
  ) -> DecisionVerdict {
    var verdict = DecisionVerdict(
      outcome: .same, count: reference.count, closest: "", expected: reference,
      errors: reference.map { _ in (0, 0) })
    guard let found = recorded.first.flatMap({ $0?.converted(to: Double.self) }) else { return verdict }
    let sizes = data.shape.dimensions
    let along = operation.axis.map { $0 < 0 ? $0 + sizes.count : $0 }
    let count = along.map { sizes[$0] } ?? data.shape.count
    let inner = along.map { sizes[($0 + 1)...].reduce(1, *) } ?? 1
    let values = Elements<Double>(data.widened)
    let sign = operation.function == .max ? 1.0 : -1.0
    var gap = Double.infinity
    for element in reference.indices {
      let first = element / inner * inner * count + element % inner
      func value(_ place: Int) -> Double { sign * values.span[first + place * inner] }
      guard let chosen = Int(checked: found[element]), let best = Int(checked: reference[element]),
        (0..<count).contains(chosen), (0..<count).contains(best)
      else {
        refuse(&verdict, "element \(element) holds \(found[element]), which is no place")
        continue
      }
      let top = value(best)
      if chosen != best {
        if value(chosen) == top {
          verdict.outcome = max(verdict.outcome, .reachable)
          verdict.differing += 1
          verdict.expected[element] = Double(chosen)
        } else {
          refuse(
            &verdict,
            "element \(element) chooses place \(chosen) of \(short(sign * value(chosen))), place \(best) has "
              + short(sign * top))
        }
      }
      guard gap > 0 else { continue }
      for place in 0..<count where place != best && top - value(place) < gap {
        gap = top - value(place)
        if verdict.outcome < .unreachable {
          verdict.closest =
            "element \(element) chooses place \(best) of \(short(sign * top)), place \(place) has "
            + short(sign * value(place))
        }
      }
    }
    verdict.differingRows = verdict.differing
    return verdict
  }

  private func refuse(_ verdict: inout DecisionVerdict, _ words: String) {
    if verdict.outcome < .unreachable { verdict.closest = words }
    verdict.outcome = .unreachable
    verdict.differing += 1
  }

  var alternatives: [DecisionAlternative] { [] }
}

extension ArgMax {
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let data = operands.input(0)
    guard data.elementType.isFloatingPoint else { return .exact }
    return .discrete(ArgMaxBound(operation: self, data: data, reference: operands.reference.array))
  }
}
