import Bytes
import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("Writing ONNX files")
struct ONNXWriterTests {
  /// The chosen rows of a list, in order of their first column: nodes that the IR does not know.
  static var rankedRows: Model {
    var graph = Graph()
    let rows = graph.addVariable("rows", type: ValueType(.float32, PartialShape([nil, 5])))
    let count = graph.addVariable("count", tensor: "arg:count")
    let column = graph.addVariable("column", tensor: "arg:column")
    let scores = graph.addNode(
      "scores", Deferred("Gather", opset: 21, attributes: ["axis": .integer(1)], inputCount: 2),
      inputs: [rows, column], outputNames: ["scores_output"])
    let best = graph.addNode(
      "top", Deferred("TopK", opset: 21, attributes: ["axis": .integer(0)], inputCount: 2, outputCount: 2),
      inputs: [scores[0], count], outputNames: ["best", "places"])
    let chosen = graph.addNode(
      "chosen", Deferred("Gather", opset: 21, inputCount: 2), inputs: [rows, best[1]],
      outputNames: ["chosen_output"])
    graph.declare(chosen[0], ValueType(.float32, PartialShape([2, 5])))
    graph.setOutputs(chosen)
    return Model(
      graph: graph,
      tensors: [
        "arg:count": Tensor([Int64(2)], shape: [1]), "arg:column": Tensor([Int64(0)], shape: []),
      ], provenance: Provenance())
  }

  static func write(
    _ model: Model, _ description: ONNXDescription = ONNXDescription(), to path: String
  ) throws {
    try ONNXWriter(model, description, path: path).write(isDurable: false, replaces: false)
  }

  @Test("a node that the IR holds for ONNX is written as it is")
  func rawNodes() throws {
    let scratch = try Scratch()
    let path = scratch.path("rows.onnx")
    try Self.write(Self.rankedRows, to: path)
    let read = try FormatTable.read(path: path)
    #expect(read.graph.nodes.map(\.operation.name) == ["Gather", "TopK", "Gather"])
    #expect(read.graph.nodes.map(\.name) == ["scores", "top", "chosen"])
    #expect(read.graph.outputs.map { read.graph[$0].name } == ["chosen_output"])
    #expect(read.inputs.map { read.graph[$0].name } == ["rows"])
    #expect(read.graph[read.inputs[0]].declaredType == ValueType(.float32, PartialShape([nil, 5])))
    #expect(read.tensors["count"]?.wholeNumbers == [2])
    #expect(read.provenance.metadata["opset_import[ai.onnx]"] == "21")
  }

  @Test("the same model gives the same bytes")
  func deterministic() throws {
    let scratch = try Scratch()
    for name in ["a.onnx", "b.onnx"] { try Self.write(Self.rankedRows, to: scratch.path(name)) }
    let a = try Data(contentsOf: URL(fileURLWithPath: scratch.path("a.onnx")))
    #expect(try a == Data(contentsOf: URL(fileURLWithPath: scratch.path("b.onnx"))))
  }

  @Test("nodes of two operator sets of one domain are refused")
  func severalOpsets() throws {
    var model = Self.rankedRows
    let last = model.graph.addNode(
      "late", Deferred("Relu", opset: 14, inputCount: 1), inputs: [model.graph.outputs[0]],
      outputNames: ["late_output"])
    model.graph.setOutputs(last)
    let error = #expect(throws: FormatError.self) {
      try ONNXWriter(model, ONNXDescription(), path: "out.onnx")
    }
    #expect(error?.explanation.contains("node 3 'late'") == true)
    #expect(error?.explanation.contains("operator set: found 14") == true, "\(String(describing: error))")
  }

  @Test(
    "onnx's checker passes it, and ONNX Runtime runs it", .enabled(if: PythonProgram.onnxruntime != nil))
  func otherTools() throws {
    let python = try #require(PythonProgram.onnxruntime)
    let scratch = try Scratch()
    try Self.write(Self.rankedRows, to: scratch.path("rows.onnx"))
    let result = try python.run(
      """
      import sys, numpy as np, onnx, onnxruntime
      onnx.checker.check_model(sys.argv[1], full_check=True)
      session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
      rows = np.arange(20, dtype=np.float32).reshape(4, 5)
      print(session.run(None, {"rows": rows})[0].tolist())
      """, scratch.path("rows.onnx"))
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("[[15.0, 16.0, 17.0, 18.0, 19.0], [10.0, 11.0, 12.0, 13.0, 14.0]]"))
  }
}
