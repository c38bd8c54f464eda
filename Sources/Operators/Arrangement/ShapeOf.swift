internal import Bytes
package import Graphs
package import Tensors

/// The data's dimensions as a list of int64.
///
/// Input: data of any type; output: `[n]`, the sizes of the axes from `start` to before `end` (ONNX Shape-15).
package struct ShapeOf: Operator {
  package static let name = "ShapeOf"

  /// Negative from the end; beyond the last axis, the last.
  package var start: Int
  package var end: Int

  package init(start: Int = 0, end: Int = .max) {
    self.start = start
    self.end = end
  }

  package var inputs: [InputName] { [InputName("data")] }

  private func axes(of rank: Int) -> Range<Int> {
    func clamped(_ axis: Int) -> Int { min(max(axis < 0 ? axis + rank : axis, 0), rank) }
    return clamped(start)..<max(clamped(start), clamped(end))
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let count = inputs.shape(0).rank.map { axes(of: $0).count }
    return [ValueType(.int64, PartialShape([count]))]
  }

  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> {
    let sizes = site.input(0).shape.dimensions[axes(of: site.input(0).shape.rank)].map(Int64.init)
    return Step { evaluation in
      evaluation.output(0, of: Int64.self).withSpan { y in for index in y.indices { y[index] = sizes[index] }
      }
    }
  }
}

extension ShapeOf: ExactlyEvaluated, DeterminedByShapes {
  /// Known where the sizes asked for are, whatever the others.
  func value(_ inputs: InferredInputs) -> Tensor? {
    guard let dimensions = inputs.shape(0).dimensions else { return nil }
    let sizes = dimensions[axes(of: dimensions.count)]
    let known = sizes.compactMap { $0.map(Int64.init) }
    return known.count == sizes.count ? Tensor(known, shape: [known.count]) : nil
  }

  package static var mxnet: MXNetDialect<ShapeOf>? { nil }

  /// ONNX `Shape` (1 to 25); `start` and `end` since 15.
  package static let onnx: ONNXDialect<ShapeOf>? = ONNXDialect(
    names: [ONNXName("Shape")],
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      guard node.version >= 15 else { return ShapeOf() }
      return ShapeOf(
        start: try node.integer("start", default: 0), end: try node.optionalInteger("end") ?? .max)
    },
    write: { shape, site throws(OperatorError) in
      var attributes: [(name: String, value: ONNXAttribute)] = []
      if shape.start != 0 { attributes.append(("start", .integer(shape.start))) }
      if shape.end != .max { attributes.append(("end", .integer(shape.end))) }
      if !attributes.isEmpty { try site.requireOpset(15, "Shape with start and end") }
      return [ONNXSpelling("Shape", attributes, inputs: [.input(0)])]
    })
}
