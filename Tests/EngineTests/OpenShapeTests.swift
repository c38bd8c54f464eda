import Engine
import Graphs
import Operators
import Tensors
import Testing

/// The elements above zero in their order: how many there are shows when it runs.
private struct Positives: Operator {
  static let name = "Positives"
  static var mxnet: MXNetDialect<Positives>? { nil }
  static var onnx: ONNXDialect<Positives>? { nil }

  var inputs: [InputName] { [InputName("data")] }
  var layout: LayoutPreference { .logical }

  func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    [ValueType(inputs.elementType(0), PartialShape([nil]))]
  }

  func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    Step { evaluation in
      let elements = evaluation.tensor(0).elements(as: T.self).filter { $0 > 0 }
      evaluation.emit(Tensor(elements, shape: [elements.count]), as: 0)
    }
  }

  func errorBound(_ operands: BoundOperands) -> ErrorBound { .unknown("a test's operator") }
}

@Suite("Shapes that depend on the data")
struct OpenShapeTests {
  /// tanh, the positive ones of it, tanh of those and of their positive ones, both joined.
  private static let model: Model = {
    var model = Model(provenance: Provenance())
    func node(_ name: String, _ operation: any Operator, _ inputs: [Graph.ValueID]) -> Graph.ValueID {
      model.graph.addNode(name, operation, inputs: inputs, outputNames: [name + "_output"])[0]
    }
    let data = model.graph.addVariable("data")
    let before = node("before", Activation(.tanh), [data])
    let some = node("some", Positives(), [before])
    let after = node("after", Activation(.relu), [some])
    let fewer = node("fewer", Positives(), [after])
    let both = node("both", Concat(count: 2, axis: 0), [fewer, after])
    model.graph.setOutputs([before, some, both])
    return model
  }()

  private func input(_ elements: [Float]) -> Tensor { Tensor(elements, shape: [elements.count]) }

  @Test("a run plans on when they are known, and one plan serves inputs that lead to other shapes")
  func runs() throws {
    let data = Self.model.inputs[0]
    let plan = try Plan<Double>(Self.model, inputs: [data: ValueType(.float32, PartialShape([4]))])
    #expect(plan.isOpen)
    let workspace = Workspace(plan)
    for (elements, count) in [([1, -1, 2, -2], 2), ([1, 2, 3, 4], 4), ([-1, -2, -3, -4], 0)]
      as [([Float], Int)]
    {
      let outputs = try plan.run([data: input(elements)], in: workspace)
      let all = elements.map { Double.tanh(Double($0)) }
      let positive = all.filter { $0 > 0 }
      #expect(outputs.map(\.shape) == [[4], [count], [2 * count]].map { Shape($0) })
      #expect(outputs[0].elements(as: Double.self) == all)
      #expect(outputs[1].elements(as: Double.self) == positive)
      #expect(outputs[2].elements(as: Double.self) == positive + positive)
    }
  }

  @Test("every value is recorded once, also those that come late")
  func records() throws {
    let data = Self.model.inputs[0]
    let computed = Set(Self.model.graph.nodes.flatMap(\.outputs))
    let plan = try Plan<Float>(
      Self.model, inputs: [data: ValueType(.float32, PartialShape([3]))], recording: computed)
    var names: [String] = []
    _ = try plan.run([data: input([1, -1, 1])], in: Workspace(plan)) { id, _ in
      names.append(Self.model.graph[id].name)
    }
    #expect(names == ["before", "some", "after", "fewer", "both"].map { $0 + "_output" })
  }
}
