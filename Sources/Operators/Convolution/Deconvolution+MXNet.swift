internal import OrderedCollections

extension Deconvolution {
  /// MXNet `Deconvolution` (nn/deconvolution-inl.h), which has no bias unless told so.
  package static let mxnet: MXNetDialect<Deconvolution>? = MXNetDialect(
    names: ["Deconvolution", "_npx_deconvolution"],
    read: { attributes throws(OperatorError) in
      var geometry = try attributes.geometry()
      try attributes.ignoreExecutionHints()
      var adjustment = try attributes.tuple("adj", default: [], rank: geometry.rank, filler: 0)
      var target = try attributes.tuple("target_shape", default: [])
      if target.allSatisfy({ $0 == 0 }) {
        target = []
      } else {
        // What follows from the target is not read there either.
        geometry.padBegin = geometry.kernel.map { _ in 0 }
        geometry.padEnd = geometry.padBegin
        adjustment = geometry.padBegin
      }
      return Deconvolution(
        geometry: geometry, adjustment: adjustment, targetShape: target,
        groups: try attributes.integer("num_group", default: 1),
        filters: try attributes.integer("num_filter"),
        hasBias: !(try attributes.boolean("no_bias", default: true)))
    },
    write: { deconvolution throws(OperatorError) in
      var attributes = MXNetAttributes.Text()
      try attributes.set(deconvolution.geometry)
      attributes["num_filter"] = "\(deconvolution.filters)"
      if deconvolution.groups != 1 { attributes["num_group"] = "\(deconvolution.groups)" }
      attributes["no_bias"] = MXNetAttributes.Text.boolean(!deconvolution.hasBias)
      if deconvolution.adjustment.contains(where: { $0 != 0 }) {
        attributes["adj"] = MXNetAttributes.Text.tuple(deconvolution.adjustment)
      }
      if !deconvolution.targetShape.isEmpty {
        attributes["target_shape"] = MXNetAttributes.Text.tuple(deconvolution.targetShape)
      }
      return ("Deconvolution", attributes)
    })
}
