internal import OrderedCollections

extension DeformableConvolution {
  /// MXNet `_contrib_DeformableConvolution` (v1, closed border) and `_contrib_ModulatedDeformableConvolution`
  /// (v2, a mask and the zero border).
  package static let mxnet: MXNetDialect<DeformableConvolution>? = MXNetDialect(
    names: [
      "_contrib_DeformableConvolution", "_contrib_ModulatedDeformableConvolution",
      "_npx_deformable_convolution", "_npx_modulated_deformable_convolution",
    ],
    read: { attributes throws(OperatorError) in
      let isModulated = attributes.op.lowercased().contains("modulated")
      let geometry = try attributes.geometry()
      try attributes.ignoreExecutionHints()
      return DeformableConvolution(
        geometry: geometry, groups: try attributes.integer("num_group", default: 1),
        deformableGroups: try attributes.integer("num_deformable_group", default: 1),
        filters: try attributes.integer("num_filter"),
        hasBias: !(try attributes.boolean("no_bias", default: false)), hasMask: isModulated,
        border: isModulated ? .zero : .closed)
    },
    write: { convolution throws(OperatorError) in
      let op = try mxnetOperator(convolution)
      var attributes = MXNetAttributes.Text()
      try attributes.set(convolution.geometry)
      attributes["num_filter"] = "\(convolution.filters)"
      if convolution.groups != 1 { attributes["num_group"] = "\(convolution.groups)" }
      attributes["num_deformable_group"] = "\(convolution.deformableGroups)"
      if !convolution.hasBias { attributes["no_bias"] = "True" }
      return (op, attributes)
    })

  /// MXNet's operator with these rules.
  ///
  /// - Throws: `OperatorError` where it has none.
  private static func mxnetOperator(_ convolution: DeformableConvolution) throws(OperatorError) -> String {
    guard convolution.offsetOrder == .yx else {
      throw .attribute("offsetOrder", found: "xy", expected: "yx, MXNet's order")
    }
    guard convolution.coordinates != .half else {
      throw .attribute("coordinates", found: "half", expected: "absolute or relative, as MXNet computes")
    }
    switch (convolution.border, convolution.hasMask) {
    case (.closed, false): return "_contrib_DeformableConvolution"
    case (.zero, true):
      guard convolution.filters % max(convolution.deformableGroups, 1) == 0 else {
        throw .attribute(
          "filters", found: "\(convolution.filters)",
          expected: "a multiple of \(convolution.deformableGroups) deformable groups, as MXNet's has")
      }
      return "_contrib_ModulatedDeformableConvolution"
    case (.zero, false):
      throw .attribute(
        "border", found: "zero", expected: "closed: MXNet knows the zero border with a mask only")
    case (.closed, true):
      throw .attribute("border", found: "closed", expected: "zero, as MXNet's operator with a mask has it")
    }
  }
}
