import Bytes
import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("ONNX files written again")
struct ONNXRoundTripTests {
  /// What the IR says of a model: nodes with attributes and names, inputs and outputs with types, weights.
  struct Summary: Equatable {
    let nodes: [String]
    let inputs: [String]
    let outputs: [String]
    let weights: [String: Digest]

    init(_ model: Model) {
      let graph = model.graph
      // Outputs have the shapes that follow from the inputs', whatever their file said.
      let ends = Set(graph.outputs)
      nodes = graph.nodes.map { node in
        let inputs = node.inputs.map { $0.map { graph[$0].name } ?? "-" }
        let outputs = node.outputs.map {
          ends.contains($0) ? graph[$0].name : "\(graph[$0].name) \(graph[$0].declaredType)"
        }
        return "\(node.name): \(node.operation.name) \(node.operation.attributes) \(inputs) -> \(outputs)"
      }
      inputs = model.inputs.map { "\(graph[$0].name) \(graph[$0].declaredType)" }
      outputs = graph.outputs.map { graph[$0].name }
      var weights: [String: Digest] = [:]
      for id in graph.variables {
        guard let name = graph[id].tensor, let tensor = model.tensors[name] else { continue }
        weights[graph[id].name] = Digest(of: tensor.bytes)
      }
      self.weights = weights
    }
  }

  static func rewrite(_ path: String, to output: String, _ options: ONNXOptions = ONNXOptions()) throws {
    let model = try FormatTable.read(path: path)
    try ONNXWriter(model, ONNXDescription(model.provenance), options, path: output)
      .write(isDurable: false, replaces: false)
  }

  private func bytes(_ name: String, of archive: NPZArchive) throws -> [UInt8] {
    try #require(try archive.tensor(named: name)).elements(as: UInt8.self)
  }

  /// Reads, writes, reads and writes again.
  private func check(_ path: String, _ scratch: Scratch, _ name: String) throws {
    let (once, twice) = (scratch.path(name + "-1.onnx"), scratch.path(name + "-2.onnx"))
    try Self.rewrite(path, to: once)
    try Self.rewrite(once, to: twice)
    let model = try FormatTable.read(path: path)
    let again = try FormatTable.read(path: once)
    let (before, after) = (Summary(model), Summary(again))
    #expect(before.nodes == after.nodes, "\(name)")
    #expect(before.inputs == after.inputs, "\(name)")
    #expect(before.outputs == after.outputs, "\(name)")
    for (weight, digest) in before.weights { #expect(after.weights[weight] == digest, "\(name): \(weight)") }
    #expect(
      model.graph.variables.filter { again.tensors[model.graph[$0].name] == nil }.count == model.inputs.count)
    for (key, value) in model.provenance.metadata where key != "ir_version" {
      #expect(again.provenance.metadata[key] == value, "\(name): \(key)")
    }
    let bytes = try [once, twice].map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    #expect(bytes[0] == bytes[1], "\(name)")
  }

  @Test(
    "every recorded graph gives the same nodes, names, types and weights, and then the same bytes",
    arguments: ["operators", "rare_operators", "torchvision"])
  func fixtures(_ archive: String) throws {
    let recorded = try NPZArchive(path: Repository.fixtures.appending(path: "onnx/\(archive).npz").path)
    let scratch = try Scratch()
    var count = 0
    for name in recorded.names where name.hasPrefix("model/") {
      let short = String(name.dropFirst(6)).replacingOccurrences(of: "/", with: "_")
      let path = try scratch.file(try bytes(name, of: recorded), short + ".onnx")
      do { try check(path, scratch, short) } catch { Issue.record("\(short): \(error)") }
      count += 1
    }
    #expect(count >= 2)
  }

  @Test(
    "every readable file of the golden set does", .enabled(if: Repository.golden != nil),
    arguments: ["smallnet", "encodings", "external", "deformconv_00", "deformconv_03", "deformconv_07"])
  func golden(_ name: String) throws {
    let folder = try #require(Repository.golden).appending(path: "onnx")
    try check(folder.appending(path: name + ".onnx").path, try Scratch(), name)
  }

  @Test(
    "what nobody here knows is written back: its attributes of any kind, its domain, the file's functions")
  func unknown() throws {
    let scratch = try Scratch()
    let bytes = WireWriter.make { file in
      file.number(1, 9)
      file.text(2, "maker")
      file.number(5, 7)
      file.message(8) { $0.number(2, 19) }
      file.message(8) {
        $0.text(1, "other.domain")
        $0.number(2, 3)
      }
      file.message(14) {
        $0.text(1, "key")
        $0.text(2, "value of any kind")
      }
      file.message(7) { graph in
        graph.text(2, "main")
        graph.node("Riddle", domain: "other.domain", inputs: ["x", "", "x"], outputs: ["y"]) { node in
          node.attribute("count", 3)
          // A graph, whose bytes alone say what it is.
          node.message(5) {
            $0.text(1, "body")
            $0.message(6) { $0.text(2, "inner") }
            $0.number(20, 5)
          }
        }
        graph.message(11) { input in
          input.text(1, "x")
          input.message(2) { type in
            type.message(1) { tensor in
              tensor.number(1, 1)
              tensor.message(2) { shape in shape.message(1) { $0.number(1, 3) } }
            }
          }
        }
        graph.output("y")
      }
      file.message(25) {
        $0.text(1, "Riddle")
        $0.text(10, "third.domain")
      }
    }
    let path = try scratch.file(bytes, "riddle.onnx")
    try check(path, scratch, "riddle")
    let again = try FormatTable.read(path: scratch.path("riddle-1.onnx"))
    #expect(again.provenance.metadata["metadata_props[key]"] == "value of any kind")
    #expect(again.provenance.metadata["opset_import[other.domain]"] == "3")
    #expect(again.provenance.metadata["model_version"] == "7")
    #expect(again.tensors["onnx/function third.domain::Riddle"] != nil)
    #expect(again.graph.nodes[0].inputs.map { $0 == nil } == [false, true, false])
  }

  @Test("what a file says of a value is kept where it is so, and yields to the shape rule where it is not")
  func declared() throws {
    for size in [3, 4] {
      let scratch = try Scratch()
      func value(_ graph: inout WireWriter, _ field: UInt64, _ name: String, _ size: Int) {
        graph.message(field) { value in
          value.text(1, name)
          value.message(2) { type in
            type.message(1) { tensor in
              tensor.number(1, 1)
              tensor.message(2) { shape in shape.message(1) { $0.number(1, size) } }
            }
          }
        }
      }
      let bytes = WireWriter.make { file in
        file.number(1, 9)
        file.message(8) { $0.number(2, 19) }
        file.message(7) { graph in
          graph.node("Relu", inputs: ["x"], outputs: ["y"])
          graph.node("Relu", inputs: ["y"], outputs: ["z"])
          value(&graph, 11, "x", 3)
          value(&graph, 12, "z", 3)
          value(&graph, 13, "y", size)
        }
      }
      let (path, written) = (try scratch.file(bytes, "a.onnx"), scratch.path("b.onnx"))
      let model = try FormatTable.read(path: path)
      let id = model.graph.nodes[0].outputs[0]
      #expect(model.graph[id].declaredType == ValueType(.float32, PartialShape([size])))
      #expect(try GraphInference(model)[id] == ValueType(.float32, PartialShape([3])))
      try Self.rewrite(path, to: written)
      let again = try FormatTable.read(path: written).graph
      #expect(again[id].declaredType == (size == 3 ? model.graph[id].declaredType : .unknown))
    }
  }

  @Test("weights beside the model are read from there, aligned; small ones stay")
  func externalData() throws {
    let scratch = try Scratch()
    var model = ONNXWriterTests.rankedRows
    let large = model.graph.addVariable("large", tensor: "large")
    model.tensors["large"] = Tensor((0..<600).map { Float($0) }, shape: [20, 30])
    let sum = model.graph.addNode(
      "sum", Reduction(.sum, axes: [1], keepsOneDimension: false), inputs: [large], outputNames: ["sums"])
    model.graph.setOutputs(model.graph.outputs + sum)
    let path = scratch.path("big.onnx")
    try ONNXWriter(model, ONNXDescription(), ONNXOptions(storage: .external), path: path)
      .write(isDurable: false, replaces: false)
    #expect(try scratch.names == ["big.onnx", "big.onnx.data"])
    let read = try FormatTable.read(path: path)
    let place = try #require(read.tensors["large"]?.place)
    #expect(place.file.path.hasSuffix("big.onnx.data"))
    #expect(place.range == 0..<2400)
    #expect(read.tensors["large"]?.converted(to: Float.self) == (0..<600).map { Float($0) })
    #expect(read.tensors["count"]?.place?.file.path.hasSuffix("big.onnx") == true)
    // Neither file may give way unasked.
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: FormatError.self) {
      try ONNXWriter(model, ONNXDescription(), ONNXOptions(storage: .external), path: path)
        .write(isDurable: false, replaces: false)
    }
  }

  @Test(
    "ONNX Runtime computes the same bits of every graph written again",
    .enabled(if: PythonProgram.onnxruntime != nil), arguments: ["operators", "torchvision"])
  func runtime(_ archive: String) throws {
    let python = try #require(PythonProgram.onnxruntime)
    let file = Repository.fixtures.appending(path: "onnx/\(archive).npz")
    let recorded = try NPZArchive(path: file.path)
    let scratch = try Scratch()
    let models = recorded.names.filter { $0.hasPrefix("model/") }
    for (index, name) in models.enumerated() {
      let path = try scratch.file(try bytes(name, of: recorded), "\(index)-source.onnx")
      try Self.rewrite(path, to: scratch.path("\(index).onnx"))
    }
    let result = try python.run(
      """
      import sys, numpy as np, onnx, onnxruntime as ort
      archive = np.load(sys.argv[1])
      ort.set_default_logger_severity(4)
      names = [n for n in archive.files if n.startswith("model/")]
      bad = []
      for index, name in enumerate(names):
          path = "%s/%d.onnx" % (sys.argv[2], index)
          short = name[6:]
          model = onnx.load(path)
          try:
              onnx.checker.check_model(model, full_check=True)
          except Exception as error:
              source = onnx.load("%s/%d-source.onnx" % (sys.argv[2], index))
              try:
                  onnx.checker.check_model(source, full_check=True)
                  bad.append("%s: checker: %s" % (short, error))
              except Exception:
                  pass
          settings = ort.SessionOptions()
          settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
          try:
              session = ort.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
              feeds = {i.name: archive["inputs/%s/%s" % (short, i.name)] for i in session.get_inputs()}
              outputs = [o.name for o in session.get_outputs()]
              for output, value in zip(outputs, session.run(outputs, feeds)):
                  key = "activations/%s/%s" % (short, output)
                  if key in archive.files and value.tobytes() != archive[key].tobytes():
                      bad.append("%s: %s differs" % (short, output))
          except Exception as error:
              bad.append("%s: %s" % (short, str(error)[:300]))
      print("\\n".join(bad))
      sys.exit(1 if bad else 0)
      """, file.path, scratch.folder.path)
    #expect(result.status == 0, "\(result.output)")
  }
}
