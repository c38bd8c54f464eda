extension Pooling {
  /// ONNX `MaxPool` (to 22), `AveragePool` (to 22), and the global ones.
  ///
  /// With `ceil_mode` the last window may hang over, but starts inside the map or the padding before it, as in
  /// PyTorch; ONNX Runtime computes so for every operator set.
  package static let onnx: ONNXDialect<Pooling>? = ONNXDialect(
    names: ["MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool"].map { ONNXName($0) },
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      let isMaximum = node.op.contains("Max")
      guard !node.op.hasPrefix("Global") else { return .global(isMaximum ? .max : .average) }
      // Maxima with their indices are an operator of their own.
      guard node.outputCount <= 1 else { return nil }
      if isMaximum { node.ignore("storage_order") }
      let countsPadding = isMaximum ? true : try node.flag("count_include_pad", default: false)
      let hangsOver = node.version >= 10 ? try node.flag("ceil_mode", default: false) : false
      return Pooling(
        isMaximum ? .max : .average, geometry: try node.geometry(),
        convention: hangsOver ? .inside : .valid, divisor: countsPadding ? .padded : .inside)
    })
}
