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
    },
    write: { pooling, site throws(OperatorError) in
      guard pooling.function == .max || pooling.function == .average else {
        throw .attribute("function", found: pooling.function.rawValue, expected: "max or average")
      }
      let isMaximum = pooling.function == .max
      let name = isMaximum ? "MaxPool" : "AveragePool"
      guard !pooling.isGlobal else { return [ONNXSpelling("Global" + name, inputs: [.input(0)])] }
      guard isMaximum || pooling.divisor != .kernel else {
        throw .attribute("divisor", found: "kernel", expected: "padded or inside")
      }
      var attributes = pooling.geometry.onnxAttributes
      if pooling.geometry.dilation.allSatisfy({ $0 == 1 }) {
        attributes.removeAll { $0.name == "dilations" }
      } else {
        try site.requireOpset(isMaximum ? 10 : 19, "dilated \(name)")
      }
      if try pooling.hangsOver() {
        try site.requireOpset(10, "ceil_mode")
        attributes.append(("ceil_mode", .integer(1)))
      }
      if !isMaximum, pooling.divisor == .padded { attributes.append(("count_include_pad", .integer(1))) }
      return [ONNXSpelling(name, attributes, inputs: [.input(0)])]
    })

  /// Whether ONNX says with `ceil_mode` how many windows there are.
  ///
  /// - Throws: `OperatorError` where neither way counts them so.
  private func hangsOver() throws(OperatorError) -> Bool {
    switch convention {
    case .valid: return false
    case .inside: return true
    case .full:
      // A window that starts behind the map, which ONNX leaves out, takes a stride of more than the kernel less the
      // padding behind.
      for axis in 0..<geometry.rank
      where geometry.stride[axis] > geometry.extent(axis) - geometry.padEnd[axis] {
        throw .attribute("convention", found: "full", expected: "strides within the kernel")
      }
      return true
    case .same:
      throw .attribute("convention", found: "same", expected: "valid, full or inside")
    }
  }
}
