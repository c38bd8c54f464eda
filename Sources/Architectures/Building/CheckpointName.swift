/// A tensor's name in a checkpoint without MXNet's `arg:` or `aux:`.
package func variableName(ofTensor name: String) -> Substring {
  name.hasPrefix("arg:") || name.hasPrefix("aux:") ? name.dropFirst(4) : name[...]
}

/// A variable's name, and under which names MXNet's checkpoints hold its tensor.
struct CheckpointName: Hashable {
  let variable: String
  /// Whether MXNet keeps it beside the learned parameters: moving means and variances.
  let isAuxiliary: Bool

  init(_ variable: String, isAuxiliary: Bool = false) {
    self.variable = variable
    self.isAuxiliary = isAuxiliary
  }

  /// MXNet's own spelling first, then what other writers leave.
  var spellings: [String] {
    (isAuxiliary ? ["aux:", "arg:", ""] : ["arg:", "aux:", ""]).map { $0 + variable }
  }

  /// Weights that a release made for testing, which take this one's place (Deformable-ConvNets
  /// `lib/utils/load_model.py`).
  var forTesting: CheckpointName { CheckpointName(variable + "_test") }

  /// Whether it is of the plain ResNet; the offsets of its deformable convolutions are not.
  var isOfBody: Bool {
    ["conv1_", "bn", "res"].contains { variable.hasPrefix($0) } && !variable.contains("_offset_")
  }
}
