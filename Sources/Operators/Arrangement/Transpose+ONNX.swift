internal import Bytes

extension Transpose {
  /// ONNX `Transpose` (1 to 25); without `perm` the axes are reversed.
  package static let onnx: ONNXDialect<Transpose>? = ONNXDialect(
    names: [ONNXName("Transpose")],
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      let axes = try node.integers("perm", default: [])
      try requireAttribute("perm", axes.count, in: 0...Limits.dimensions)
      return Transpose(axes: axes)
    },
    write: { transpose, _ throws(OperatorError) in
      [
        ONNXSpelling(
          "Transpose", transpose.axes.isEmpty ? [] : [("perm", .integers(transpose.axes))],
          inputs: [.input(0)])
      ]
    })
}
