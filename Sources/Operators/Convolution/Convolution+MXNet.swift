internal import OrderedCollections

extension Convolution {
  /// MXNet `Convolution` (nn/convolution-inl.h); `Convolution_v1` computes the same.
  package static let mxnet: MXNetDialect<Convolution>? = MXNetDialect(
    names: ["Convolution", "Convolution_v1", "_npx_convolution"],
    read: { attributes throws(OperatorError) in
      let geometry = try attributes.geometry()
      try attributes.ignoreExecutionHints()
      return Convolution(
        geometry: geometry, groups: try attributes.integer("num_group", default: 1),
        filters: try attributes.integer("num_filter"),
        hasBias: !(try attributes.boolean("no_bias", default: false)))
    },
    write: { convolution throws(OperatorError) in
      var attributes = MXNetAttributes.Text()
      try attributes.set(convolution.geometry)
      attributes["num_filter"] = "\(convolution.filters)"
      if convolution.groups != 1 { attributes["num_group"] = "\(convolution.groups)" }
      if !convolution.hasBias { attributes["no_bias"] = "True" }
      return ("Convolution", attributes)
    })
}
