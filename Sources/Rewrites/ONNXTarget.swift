/// A runtime that an ONNX file is written for: which of ONNX's operators it has.
///
/// `Schemas/rewrites.md` has the table.
package enum ONNXTarget: String, CaseIterable, Sendable {
  /// ONNX Runtime 1.25 and later: `DeformConv`, and the kernels of `MaxRoiPool` up to operator set 21.
  case onnxruntime
  /// Runtimes without `DeformConv`, or with another border rule: OpenVINO, older ONNX Runtimes.
  case portable

  /// The version of ONNX's operators that the file declares.
  package var opset: Int {
    switch self {
    // The first with DeformConv; later ones have operators without kernels (MaxRoiPool-22).
    case .onnxruntime: 19
    // The first whose reductions all take their axes as an input.
    case .portable: 18
    }
  }

  package var hasDeformConv: Bool { self == .onnxruntime }
}
