internal import OrderedCollections

extension Reduction {
  /// MXNet's reductions (tensor/broadcast_reduce_op.h).
  package static let mxnet: MXNetDialect<Reduction>? = MXNetDialect(
    names: ["sum", "sum_axis", "mean", "max", "max_axis", "min", "min_axis", "prod"],
    read: { attributes throws(OperatorError) in
      let word = attributes.op.split(separator: "_")[0]
      guard let function = word == "prod" ? .product : Function(rawValue: String(word)) else {
        throw OperatorError("operator", found: attributes.op, expected: "a reduction")
      }
      let axes = attributes.raw("axis") == "None" ? [] : try attributes.tuple("axis", default: [])
      let excludes = try attributes.boolean("exclude", default: false)
      return Reduction(
        function, axes: axes,
        // Of no axes, the rest is taken to be all of them there, too.
        excludesAxes: excludes && !axes.isEmpty,
        keepsDimensions: try attributes.boolean("keepdims", default: false), keepsOneDimension: true)
    },
    write: { reduction throws(OperatorError) in
      guard reduction.keepsOneDimension || reduction.keepsDimensions else {
        throw .attribute("keepsOneDimension", found: "false", expected: "true: MXNet has no scalars")
      }
      var attributes = MXNetAttributes.Text()
      if !reduction.axes.isEmpty { attributes["axis"] = MXNetAttributes.Text.tuple(reduction.axes) }
      if reduction.excludesAxes { attributes["exclude"] = "True" }
      if reduction.keepsDimensions { attributes["keepdims"] = "True" }
      return (reduction.function == .product ? "prod" : reduction.function.rawValue, attributes)
    })
}
