package import Graphs
internal import OrderedCollections

/// Elements divided by √(Σx² + epsilon) of their group.
///
/// Input: data `[N, C, …]`; output: data's shape (mxnet l2_normalization-inl.h).
package struct L2Normalization: Operator {
  package static let name = "L2Normalization"

  /// What a sum runs over.
  package enum Mode: String, Codable, Sendable {
    /// All elements of one of the batch.
    case instance
    /// The channels at one position.
    case channel
    /// The positions of one channel.
    case spatial
  }

  package var mode: Mode
  package var epsilon: Double

  package init(_ mode: Mode, epsilon: Double) {
    self.mode = mode
    self.epsilon = epsilon
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let least = mode == .instance ? 1 : 3
    if let rank = inputs.shape(0).rank, rank < least {
      throw .input("data", found: "\(rank) dimensions", expected: "at least \(least)")
    }
    return [ValueType(inputs.elementType(0), inputs.shape(0))]
  }
}

extension L2Normalization {
  /// MXNet `L2Normalization`, whose second output is hidden.
  package static let mxnet: MXNetDialect<L2Normalization>? = MXNetDialect(
    names: ["L2Normalization"],
    read: { attributes throws(OperatorError) in
      L2Normalization(
        try attributes.word(
          "mode", ["instance": Mode.instance, "channel": .channel, "spatial": .spatial], default: .instance),
        epsilon: Double(try attributes.float("eps", default: 1e-10)))
    },
    write: { norm throws(OperatorError) in
      (
        "L2Normalization",
        ["mode": norm.mode.rawValue, "eps": MXNetAttributes.Text.number(norm.epsilon)]
      )
    })
}
