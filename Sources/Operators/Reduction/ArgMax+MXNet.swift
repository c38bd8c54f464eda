internal import OrderedCollections
internal import Tensors

extension ArgMax {
  /// MXNet `argmax`, `argmin` and `argmax_channel` (tensor/broadcast_reduce_op_index.cc).
  package static let mxnet: MXNetDialect<ArgMax>? = MXNetDialect(
    names: ["argmax", "argmin", "argmax_channel"],
    read: { attributes throws(OperatorError) in
      if attributes.op == "argmax_channel" { return ArgMax(.max, axis: 1, keepsOneDimension: true) }
      return ArgMax(
        attributes.op == "argmin" ? .min : .max, axis: try attributes.optionalInteger("axis"),
        keepsDimension: try attributes.boolean("keepdims", default: false), keepsOneDimension: true)
    },
    write: { search throws(OperatorError) in
      guard search.elementType == nil else {
        throw .attribute(
          "elementType", found: search.elementType?.rawValue ?? "", expected: "the data's own, as MXNet gives"
        )
      }
      guard search.keepsOneDimension || search.keepsDimension else {
        throw .attribute("keepsOneDimension", found: "false", expected: "true: MXNet has no scalars")
      }
      var attributes: MXNetAttributes.Text = ["axis": search.axis.map(String.init) ?? "None"]
      if search.keepsDimension { attributes["keepdims"] = "True" }
      return (search.function == .max ? "argmax" : "argmin", attributes)
    })
}
