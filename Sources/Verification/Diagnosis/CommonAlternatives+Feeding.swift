internal import Operators
internal import Tensors

/// Slips of who feeds and records: places off by one, other images, other scales, one input alone shortened.
extension Diagnosis {
  var feedingAlternatives: [Alternative] { shifted + misfed + shortened }

  /// Indices of inputs that are computed or fed.
  private var dataIndices: [Int] {
    inputs.indices.filter {
      inputs[$0] != nil && operation.inputs.indices.contains($0) && operation.inputs[$0].role == .data
    }
  }

  /// Places counted one too far or too near, the last one first.
  private static func turned(_ count: Int, by steps: Int) -> [Int] {
    (0..<count).map { ($0 + steps + count) % count }
  }

  private var shifted: [Alternative] {
    var list: [Alternative] = []
    let shape = recorded.shape
    guard shape == expected.shape, shape.rank >= 2 else { return list }
    let axes =
      ["rows", "output channels"] + (shape.rank == 4 ? ["rows of the map", "columns of the map"] : [])
    for (axis, words) in axes.enumerated() where shape[axis] > 2 {
      for steps in [1, -1] {
        list.append(
          Alternative(
            "\(words) off by one (each in the place of the \(steps == 1 ? "one before" : "next") it)",
            remedy: "count the \(words) from 0", operation: operation,
            restored: { $0.selecting(Self.turned($0.shape[axis], by: -steps), axis: axis) }))
      }
    }
    if let data = inputs.first ?? nil, data.shape.rank == 4, data.shape[1] > 2 {
      for steps in [1, -1] {
        list.append(
          Alternative(
            "input channels off by one (each in the place of the \(steps == 1 ? "one before" : "next") it)",
            remedy: "count the channels from 0", operation: operation,
            inputs: { $0[0] = $0[0]?.selecting(Self.turned(data.shape[1], by: steps), axis: 1) }))
      }
    }
    return list
  }

  private var misfed: [Alternative] {
    guard let data = inputs.first ?? nil, data.shape.rank == 4 else { return [] }
    var list: [Alternative] = []
    if data.shape[0] > 1 {
      for index in dataIndices where inputs[index]?.shape.dimensions.first == data.shape[0] {
        let name = operation.inputs[index].name
        list.append(
          Alternative(
            "the images of '\(name)' alone in reversed order (batches swapped)",
            remedy: "give '\(name)' the images in the order of the other inputs", operation: operation,
            inputs: { $0[index] = $0[index]?.reversed(axis: 0) }))
      }
    }
    if data.shape[1] == 3 {
      for (factor, words) in [(255.0, "multiplied"), (1 / 255.0, "divided")] {
        list.append(
          Alternative(
            "a picture \(words) by 255", remedy: "scale pixels as the network was trained",
            operation: operation, inputs: { $0[0] = $0[0]?.mapElements { $0 * factor } }))
      }
    }
    return list
  }

  /// One input alone in fewer bits: a tensor that was stored in half precision on its way.
  private var shortened: [Alternative] {
    let indices = dataIndices
    guard inputs.count > 1 else { return [] }
    return indices.flatMap { index in
      [ReducedPrecision.fp16, .bf16].map { kind in
        Alternative(
          "'\(operation.inputs[index].name)' alone stored in \(kind.name)",
          remedy: "hand '\(operation.inputs[index].name)' on in fp32", operation: operation,
          inputs: { $0[index] = $0[index]?.mapElements(kind.round) })
      }
    }
  }
}
