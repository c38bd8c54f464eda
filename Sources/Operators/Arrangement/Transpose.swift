package import Graphs
internal import OrderedCollections
package import Tensors

/// A tensor with its axes in another order.
///
/// Input: data; output axis i is data's axis `axes[i]`.
package struct Transpose: Operator {
  package static let name = "Transpose"

  /// A permutation; empty for the reverse order.
  package var axes: [Int]

  package init(axes: [Int]) { self.axes = axes }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    guard axes.sorted() == Array(axes.indices) else {
      throw .attribute("axes", found: "\(axes)", expected: "each of 0 to \(axes.count - 1) once")
    }
    guard !axes.isEmpty else {
      let output = inputs.shape(0).dimensions.map { PartialShape($0.reversed()) } ?? .unknown
      return [ValueType(inputs.elementType(0), output)]
    }
    let data = try inputs.require(0, rank: axes.count)
    return [ValueType(inputs.elementType(0), PartialShape(axes.map { data[$0] }))]
  }
}

extension Transpose {
  /// MXNet `transpose` (tensor/matrix_op-inl.h).
  package static let mxnet: MXNetDialect<Transpose>? = MXNetDialect(
    names: ["transpose"],
    read: { attributes throws(OperatorError) in
      let axes = try attributes.tuple("axes", default: [])
      // Dimensions' limit, before they are sorted.
      try requireAttribute("axes", axes.count, in: 0...32)
      return Transpose(axes: axes)
    },
    write: { transpose throws(OperatorError) in
      ("transpose", transpose.axes.isEmpty ? [:] : ["axes": MXNetAttributes.Text.tuple(transpose.axes)])
    })
}

extension Transpose {
  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let rank = site.input(0).shape.rank
    return try .permuting(axes.isEmpty ? (0..<rank).reversed() : axes, at: site)
  }
}

extension Step {
  /// Output axis i is the input's axis `axes[i]`, both in logical order.
  ///
  /// - Throws: `OperatorError` where elements are not whole bytes that a number takes.
  static func permuting(_ axes: [Int], at site: Site<T>) throws(OperatorError) -> Step {
    let strides = site.input(0).dimensions.rowMajorStrides
    var part = Assembly.Part(whole: site.output(), of: site.input(0))
    part.strides = axes.map { strides[$0] }
    return try .assembling(Assembly(site.output().dimensions, [part]), at: site)
  }
}
