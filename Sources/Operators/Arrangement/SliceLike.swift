package import Graphs
internal import OrderedCollections
package import Tensors

/// The first elements along some axes, as many as another tensor has.
///
/// Inputs: data, and like, whose shape alone counts; output: like's dimensions along the axes, data's elsewhere
/// (mxnet tensor/matrix_op-inl.h).
package struct SliceLike: Operator {
  package static let name = "SliceLike"

  /// Negative from the end; empty for all.
  package var axes: [Int]

  package init(axes: [Int]) { self.axes = axes }

  package var inputs: [InputName] { [InputName("data"), InputName("like")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    guard var output = inputs.shape(0).dimensions, let like = inputs.shape(1).dimensions else {
      return [ValueType(inputs.elementType(0), .unknown)]
    }
    if axes.isEmpty, output.count != like.count {
      throw .input("like", found: "\(like.count) dimensions", expected: "\(output.count), the data's")
    }
    for axis in axes.isEmpty ? Array(output.indices) : axes {
      let own = try resolveAxis(axis, rank: output.count, attribute: "axes")
      let other = try resolveAxis(axis, rank: like.count, attribute: "axes")
      if let have = output[own], let want = like[other], want > have {
        throw .input("like", found: "\(want) elements along axis \(other)", expected: "at most \(have)")
      }
      output[own] = like[other]
    }
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }
}

extension SliceLike {
  package static let mxnet: MXNetDialect<SliceLike>? = MXNetDialect(
    names: ["slice_like"],
    read: { attributes throws(OperatorError) in SliceLike(axes: try attributes.tuple("axes", default: [])) },
    write: { slice throws(OperatorError) in
      ("slice_like", slice.axes.isEmpty ? [:] : ["axes": MXNetAttributes.Text.tuple(slice.axes)])
    },
    inputNames: { _ in ["data", "shape_like"] })
}

extension SliceLike {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let part = Assembly.Part(whole: site.output(), of: site.input(0))
    return try .assembling(Assembly(site.output().dimensions, [part]), at: site)
  }
}
