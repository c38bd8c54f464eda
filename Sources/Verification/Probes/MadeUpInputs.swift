internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

extension Diagnosis {
  /// Whether some inputs tell an alternative from the declared computation on this layer's own weights.
  ///
  /// Tried on made-up inputs of the recorded shapes: where both give the same numbers there too, the weights make
  /// them one computation (a gamma of ones that is or is not fixed), and no trace could decide.
  func isDistinguishable(_ alternative: Alternative) -> Bool {
    let inputs = madeUpInputs
    var altered = inputs
    alternative.inputs(&altered)
    let context = EvaluationContext(threads: threads)
    guard let declared = try? operation.evaluate(inputs, as: Double.self, in: context),
      let other = try? alternative.operation.evaluate(altered, as: Double.self, in: context),
      declared.indices.contains(output), other.indices.contains(output),
      let restored = alternative.restored(declared[output])
    else { return true }
    let result = other[output].converted(to: Double.self).map { alternative.finish?($0) ?? $0 }
    guard restored.shape == other[output].shape else { return true }
    guard differsInNumbersAlone(alternative.operation) else {
      return !zip(restored.converted(to: Double.self), result).allSatisfy {
        $0 == $1 || ($0.isNaN && $1.isNaN)
      }
    }
    // An epsilon that rounding hides on any numbers is hidden on all.
    var made = self
    made.inputs = inputs
    made.expected = declared[output]
    let operands = made.operands
    return judgeElements(
      recorded: Tensor(result.map(Float.init), shape: restored.shape), expected: operands.reference,
      bound: operation.errorBound(operands), precision: precision, on: threads
    ).worstVerdict > .rounding
  }

  /// Whether another operator is this one but for numbers among its attributes.
  private func differsInNumbersAlone(_ other: any Operator) -> Bool {
    let (mine, others) = (operation.attributes, other.attributes)
    guard other.name == operation.name, mine != others else { return false }
    return mine.allSatisfy { name, value in
      if case .number = value { return true }
      return others[name] == value
    }
  }

  /// The weights as they are, and other data of the same shapes.
  private var madeUpInputs: [Tensor?] {
    var random = SplitMix64(state: 1)
    return inputs.indices.map { index in
      guard let input = inputs[index], operation.inputs.indices.contains(index),
        operation.inputs[index].role == .data
      else { return inputs[index] }
      switch operation.inputs[index].name {
      case "mask": return input.mapElements { _ in Double.random(in: 0.1..<0.9, using: &random) }
      case "rois" where input.shape.rank == 2 && input.shape[1] == 5: return madeUpRegions(input, &random)
      default: return input.mapElements { _ in Double.random(in: -2..<2, using: &random) }
      }
    }
  }

  /// Corners moved by up to two pixels; some end in a half of a map element, where rounding rules differ.
  private func madeUpRegions(_ regions: Tensor, _ random: inout SplitMix64) -> Tensor {
    let elements = regions.converted(to: Double.self)
    return Tensor(
      elements.indices.map { index in
        index % 5 == 0
          ? elements[index] : elements[index].rounded() + Double.random(in: -2..<2, using: &random)
      }, shape: regions.shape)
  }
}

/// The same numbers on every machine (Steele, Lea, Flood, "Fast splittable pseudorandom number generators").
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
