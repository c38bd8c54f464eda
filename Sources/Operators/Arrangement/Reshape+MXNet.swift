internal import OrderedCollections

extension Reshape {
  /// MXNet `Reshape` (tensor/matrix_op-inl.h), also with its first attributes `target_shape` and `keep_highest`.
  package static let mxnet: MXNetDialect<Reshape>? = MXNetDialect(
    names: ["Reshape", "reshape"],
    read: { attributes throws(OperatorError) in
      let shape = try attributes.tuple("shape", default: [])
      let reversed = try attributes.boolean("reverse", default: false)
      let target = try attributes.tuple("target_shape", default: [])
      let keepsFirst = try attributes.boolean("keep_highest", default: false)
      if !shape.isEmpty { return Reshape(shape, reversed: reversed) }
      guard !target.isEmpty, target.allSatisfy({ $0 >= 0 }) else {
        throw .attribute("shape", found: "\(shape)", expected: "a shape of at least one dimension")
      }
      // There 0 is what is left, and the first dimension may be the data's own.
      return Reshape(
        target.enumerated().map { keepsFirst && $0.offset == 0 ? 0 : $0.element == 0 ? -1 : $0.element })
    },
    write: { reshape throws(OperatorError) in
      guard !reshape.shape.isEmpty else {
        throw .attribute("shape", found: "[]", expected: "at least one dimension: MXNet has no scalars")
      }
      guard !reshape.allowsZero || !reshape.shape.contains(0) else {
        throw .attribute("shape", found: "\(reshape.shape)", expected: "no dimension without elements")
      }
      var attributes: MXNetAttributes.Text = ["shape": MXNetAttributes.Text.tuple(reshape.shape)]
      if reshape.reversed { attributes["reverse"] = "True" }
      return ("Reshape", attributes)
    })
}
