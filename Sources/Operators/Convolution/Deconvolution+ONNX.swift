internal import Bytes

extension Deconvolution {
  /// ONNX `ConvTranspose` (1, 11, 22); a given output shape becomes paddings.
  package static let onnx: ONNXDialect<Deconvolution>? = ONNXDialect(
    names: [ONNXName("ConvTranspose")],
    read: { node throws(OperatorError) in
      try node.requireInputs(2, optional: 1)
      let groups = try node.integer("group", default: 1)
      let shape = try node.optionalIntegers("output_shape")
      let padding = try node.automaticPadding()
      var geometry = try node.geometry(weight: 1, automatic: false)
      let zeros = geometry.kernel.map { _ in 0 }
      let adjustment = try node.integers("output_padding", default: zeros)
      guard adjustment.count == geometry.rank, (shape ?? zeros).count == geometry.rank else {
        throw .attribute(
          "output_padding", found: "\(adjustment)", expected: "\(geometry.rank) numbers, as in output_shape")
      }
      for axis in 0..<geometry.rank {
        guard
          let surplus = try surplus(
            axis, of: geometry, adjustment[axis], shape?[axis], padding, &node)
        else { continue }
        // What cannot be cropped would have to be added.
        guard surplus >= 0 else { return nil }
        // ConvTranspose-11: an odd one is cropped behind in SAME_UPPER, before the map otherwise.
        let less = surplus / 2
        geometry.padBegin[axis] = padding == .sameUpper ? less : surplus - less
        geometry.padEnd[axis] = surplus - geometry.padBegin[axis]
      }
      guard let filters = try node.dimension(1, of: 1).timesChecked(groups) else {
        throw .attribute("group", found: "\(groups)", expected: "a number of fewer digits")
      }
      return Deconvolution(
        geometry: geometry, adjustment: adjustment, groups: groups, filters: filters,
        hasBias: node.hasInput(2))
    },
    write: { deconvolution, _ throws(OperatorError) in
      var attributes = deconvolution.geometry.onnxAttributes
      attributes.append(("group", .integer(deconvolution.groups)))
      if deconvolution.targetShape.isEmpty {
        attributes.append(("output_padding", .integers(deconvolution.adjustment)))
      } else {
        // Both crop an odd element before the map.
        attributes.removeAll { $0.name == "pads" }
        attributes.append(("output_shape", .integers(deconvolution.targetShape)))
      }
      return [
        ONNXSpelling(
          "ConvTranspose", attributes,
          inputs: [.input(0), .input(1)] + (deconvolution.hasBias ? [.input(2)] : []))
      ]
    })

  /// Elements that are cropped along an axis; nil where the paddings are given.
  private static func surplus(
    _ axis: Int, of geometry: ConvolutionGeometry, _ adjustment: Int, _ size: Int?,
    _ padding: ONNXNode.AutomaticPadding, _ node: inout ONNXNode
  ) throws(OperatorError) -> Int? {
    guard let window = geometry.extent(axis).plusChecked(adjustment) else {
      throw .attribute("output_padding", found: "\(adjustment)", expected: "a smaller number")
    }
    if let size {
      guard let steps = max(try node.dimension(2 + axis, of: 0) - 1, 0).timesChecked(geometry.stride[axis]),
        let whole = steps.plusChecked(window), size >= 1
      else { throw .attribute("output_shape", found: "\(size)", expected: "a size that fits") }
      return whole - size
    }
    switch padding {
    case .none: return nil
    case .valid: return 0
    // The output is the input's size times the stride.
    case .sameUpper, .sameLower: return max(window - geometry.stride[axis], 0)
    }
  }
}
