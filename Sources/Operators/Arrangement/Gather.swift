internal import Bytes
package import Graphs
package import Tensors

/// Slices of the data along an axis, by their numbers.
///
/// Inputs: data `[…, K, …]` and indices of any shape, whole numbers from −K to K − 1, negative from the end; output:
/// data's shape with indices' shape in the axis's place (ONNX Gather-13).
package struct Gather: Operator {
  package static let name = "Gather"

  /// Negative from the end.
  package var axis: Int

  package init(axis: Int) { self.axis = axis }

  package var inputs: [InputName] { [InputName("data"), InputName("indices")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    guard let data = inputs.shape(0).dimensions, let indices = inputs.shape(1).dimensions else {
      return [ValueType(inputs.elementType(0), .unknown)]
    }
    let axis = try resolveAxis(axis, rank: data.count)
    let output = data[..<axis] + indices + data[(axis + 1)...]
    return [ValueType(inputs.elementType(0), PartialShape(Array(output)))]
  }

  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    guard [.int32, .int64].contains(site.input(1).elementType) else {
      throw .input(
        "indices", found: "\(site.input(1).elementType.rawValue) elements", expected: "int32 or int64")
    }
    let data = site.input(0).shape
    let place = axis < 0 ? axis + data.rank : axis
    return .moving(
      SliceMove(count: data[place], length: data.dimensions[(place + 1)...].reduce(1, *)))
  }
}

/// Slices of `length` elements, `count` of them in the data for each position before the axis.
private struct SliceMove: ElementMove {
  let count: Int
  let length: Int

  func run<T: Lane, U: TensorElement>(
    _ evaluation: Evaluation<T>, as word: U.Type
  ) throws(OperatorError) {
    var chosen = try evaluation.integers(1)
    for (place, index) in chosen.enumerated() {
      guard index >= -count, index < count else {
        throw .input("indices", found: "\(index)", expected: "\(-count) to \(count - 1)")
      }
      chosen[place] = index < 0 ? index + count : index
    }
    let source = evaluation.words(0, as: word)
    let slices = chosen
    evaluation.outputWords(0, as: word).forEachRow(of: length, on: evaluation.threads) { row, y in
      let x = source.span
      let first = (row / slices.count * count + slices[row % slices.count]) * length
      for index in y.indices { y[index] = x[first + index] }
    }
  }
}

extension Gather: ExactlyEvaluated {
  package static var mxnet: MXNetDialect<Gather>? { nil }

  /// ONNX `Gather` (1, 11, 13).
  package static let onnx: ONNXDialect<Gather>? = ONNXDialect(
    names: [ONNXName("Gather")],
    read: { node throws(OperatorError) in
      try node.requireInputs(2)
      return Gather(axis: try node.integer("axis", default: 0))
    },
    write: { gather, _ throws(OperatorError) in
      [ONNXSpelling("Gather", [("axis", .integer(gather.axis))], inputs: [.input(0), .input(1)])]
    })
}
