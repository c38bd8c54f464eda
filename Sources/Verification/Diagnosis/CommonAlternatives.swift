internal import Operators
internal import Tensors

/// What can befall any layer: values that were put in another order, rounded, or not computed at all.
extension Diagnosis {
  var commonAlternatives: [Alternative] {
    skipped + reordered + repeated + rounded + feedingAlternatives
      + [
        Alternative(
          "a relu behind the layer (in place, before it was recorded)",
          remedy: "record the value before its activation, or a copy of it", operation: operation,
          finish: { max(0, $0) })
      ]
  }

  private var names: [String] { operation.inputs.map(\.name) }
  private func name(_ index: Int) -> String { names.indices.contains(index) ? names[index] : "\(index)" }
  private func isParameter(_ index: Int) -> Bool {
    operation.inputs.indices.contains(index) && operation.inputs[index].role != .data
  }

  /// The layer's inputs themselves.
  private var skipped: [Alternative] {
    inputs.indices.filter { inputs[$0]?.shape == recorded.shape && !isParameter($0) }.map { index in
      Alternative(
        "the layer's input '\(name(index))' itself", remedy: "run the layer, and record its output",
        operation: Reshape([-2]), inputs: { $0 = [$0[index]] })
    }
  }

  private var reordered: [Alternative] {
    var list: [Alternative] = []
    func restored(_ cause: String, _ remedy: String, _ restore: @escaping @Sendable (Tensor) -> Tensor?) {
      list.append(Alternative(cause, remedy: remedy, operation: operation, restored: restore))
    }
    let shape = recorded.shape
    if shape.rank == 4, expected.shape.rank == 4 {
      let map = expected.shape
      restored("the map recorded channels last", "record [N, C, H, W]") {
        Shape([map[0], map[2], map[3], map[1]]) == $0.shape ? $0.transposed([0, 3, 1, 2]) : nil
      }
      restored("height and width exchanged", "record [N, C, H, W]") {
        Shape([map[0], map[1], map[3], map[2]]) == $0.shape ? $0.transposed([0, 1, 3, 2]) : nil
      }
      restored("a map turned upside down", "keep the order of the rows") { $0.reversed(axis: 2) }
      restored("a map mirrored left to right", "keep the order of the columns") { $0.reversed(axis: 3) }
    }
    if shape.rank >= 2, shape[1] > 1, shape == expected.shape {
      restored("output channels in reversed order", "keep the order of the channels") { $0.reversed(axis: 1) }
      let channels = shape[1]
      for groups in [2, 3, 4, 7, 8, 16, 32] where channels % groups == 0 && channels > groups {
        let size = channels / groups
        restored(
          "output channels shuffled in \(groups) groups", "keep the order of the channels"
        ) { $0.selecting((0..<channels).map { $0 % size * groups + $0 / size }, axis: 1) }
      }
    }
    if shape.rank >= 2, shape[0] > 1, shape == expected.shape {
      restored("rows of the batch in reversed order", "keep the order of the batch") { $0.reversed(axis: 0) }
    }
    if let data = inputs.first ?? nil, data.shape.rank == 4, data.shape[1] == 3 {
      list.append(
        Alternative(
          "input channels in reversed order (RGB for BGR)",
          remedy: "feed the channels in the order that the network was trained with", operation: operation,
          inputs: { $0[0] = $0[0]?.reversed(axis: 1) }))
    }
    return list
  }

  /// One image for all.
  private var repeated: [Alternative] {
    guard let data = inputs.first ?? nil, data.shape.rank == 4, data.shape[0] > 1 else { return [] }
    let images = data.shape[0]
    let indices = inputs.indices.filter { !isParameter($0) && inputs[$0]?.shape.dimensions.first == images }
    return [
      Alternative(
        "the first image for the whole batch", remedy: "feed each image, or run one at a time",
        operation: operation,
        inputs: { inputs in
          for index in indices {
            inputs[index] = inputs[index]?.selecting([Int](repeating: 0, count: images), axis: 0)
          }
        })
    ]
  }

  /// Operands or results in fewer bits than declared.
  private var rounded: [Alternative] {
    ReducedPrecision.allCases.flatMap { kind -> [Alternative] in
      let parameters = inputs.indices.filter { isParameter($0) }
      let remedy = "compute in fp32, or say --producer-precision if that is meant"
      func rounding(_ indices: [Int]) -> @Sendable (inout [Tensor?]) -> Void {
        { inputs in for index in indices { inputs[index] = inputs[index]?.mapElements(kind.round) } }
      }
      let all = Array(inputs.indices)
      var list = [
        Alternative(
          "operands rounded to \(kind.name)", remedy: remedy, operation: operation, inputs: rounding(all))
      ]
      if !parameters.isEmpty, parameters.count < all.count {
        list.append(
          Alternative(
            "weights rounded to \(kind.name)", remedy: "store the weights in fp32", operation: operation,
            inputs: rounding(parameters)))
      }
      if kind.elementType != nil {
        list.append(
          Alternative(
            "results stored in \(kind.name)", remedy: "record in fp32", operation: operation,
            restored: kind.stored))
        list.append(
          Alternative(
            "operands and results in \(kind.name)", remedy: remedy, operation: operation,
            inputs: rounding(all), restored: kind.stored))
      }
      return list
    }
  }
}

/// Ways in which producers shorten fp32 numbers.
enum ReducedPrecision: CaseIterable {
  case fp16, bf16, tf32, truncatedBF16, truncatedTF32

  var name: String {
    switch self {
    case .fp16: "half precision"
    case .bf16: "bfloat16"
    case .tf32: "TF32"
    case .truncatedBF16: "bfloat16 (cut off)"
    case .truncatedTF32: "TF32 (cut off)"
    }
  }

  var elementType: ElementType? {
    switch self {
    case .fp16: .float16
    case .bf16: .bfloat16
    case .tf32, .truncatedBF16, .truncatedTF32: nil
    }
  }

  @Sendable func round(_ value: Double) -> Double {
    let number = Float(value)
    switch self {
    case .fp16: return ElementType.float16.rounded(value)
    case .bf16: return ElementType.bfloat16.rounded(value)
    case .truncatedBF16: return Double(Float(bitPattern: number.bitPattern & 0xFFFF_0000))
    case .truncatedTF32: return Double(Float(bitPattern: number.bitPattern & 0xFFFF_E000))
    case .tf32:
      guard number.isFinite else { return value }
      // To nearest, halves away from zero, as the hardware's conversion does; a carry reaches the exponent rightly.
      return Double(Float(bitPattern: (number.bitPattern &+ 0x1000) & 0xFFFF_E000))
    }
  }

  /// The elements in this type; nil where one is no number of the type, so that it was not stored in it.
  @Sendable func stored(_ tensor: Tensor) -> Tensor? {
    guard let elementType, tensor.elementType == .float32 || tensor.elementType == .float64 else {
      return nil
    }
    let values = tensor.converted(to: Double.self)
    guard values.allSatisfy({ $0.isNaN || round($0) == $0 }) else { return nil }
    let bits = values.map { self == .fp16 ? float16Bits(of: Float($0)) : bfloat16Bits(of: Float($0)) }
    return Tensor(bits, shape: tensor.shape).reinterpreted(as: elementType)
  }
}
