import Bytes
import Engine
import Formats
import Foundation
import Graphs
import Operators
import Tensors
import TestSupport
import Testing
import Verification

private let folder = Repository.golden?.appending(path: "onnx")

/// The files of the folder that have recorded values beside them.
private let names: [String] = {
  guard let folder else { return [] }
  let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  return files.filter { $0.hasSuffix(".npz") }.map { String($0.dropLast(4)) }.sorted()
}()

/// Recorded values under a trace's names: `in/NAME` is an input, `out/NAME` an activation.
private struct GoldenSource: TensorSource {
  let archive: NPZArchive

  private static let kinds = ["in/": "inputs/", "out/": "activations/"]

  private func inner(_ outer: String) -> String {
    for (own, trace) in Self.kinds where outer.hasPrefix(trace) { return own + outer.dropFirst(trace.count) }
    return outer
  }

  var names: [String] {
    archive.names.map { name in
      for (own, trace) in Self.kinds where name.hasPrefix(own) { return trace + name.dropFirst(own.count) }
      return name
    }
  }
  var metadata: [String: String] { ["framework": "onnx.reference", "coordinates": "normalized"] }
  func header(of name: String) throws -> (elementType: ElementType, shape: Shape)? {
    try archive.header(of: inner(name))
  }
  func tensor(named name: String) throws -> Tensor? { try archive.tensor(named: inner(name)) }
}

@Suite("Recorded ONNX graphs", .enabled(if: folder != nil))
struct ONNXGoldenParityTests {
  private func source(_ name: String) throws -> GoldenSource {
    GoldenSource(
      archive: try NPZArchive(path: try #require(folder).appending(path: name + ".npz").path))
  }

  private func model(_ name: String) throws -> Model {
    try FormatTable.read(path: try #require(folder).appending(path: name + ".onnx").path)
  }

  @Test(
    "each recorded value is within six deviations, its positions known to a rounding of the map's size",
    arguments: names)
  func layers(_ name: String) throws {
    let model = try model(name)
    let trace = try Trace(try source(name), path: name)
    let reports = try TraceVerifier(model, against: trace, TraceVerifier.Options()).judge()
    let judged = reports.filter { $0.verdict != .notJudged }
    #expect(judged.contains { $0.isDeformable })
    for layer in judged {
      #expect(
        layer.verdict <= .rounding,
        "\(layer.name) \(layer.verdict): \(layer.statistics.maximumErrorToSigma)σ \(layer.reason)")
    }
  }

  @Test("the engine runs the graph to the recorded outputs", arguments: names)
  func run(_ name: String) throws {
    let (model, source) = (try model(name), try source(name))
    var inputs: [Graph.ValueID: Tensor] = [:]
    for id in model.inputs {
      inputs[id] = try source.tensor(named: "inputs/" + model.graph[id].name)
    }
    let plan = try Plan<Float>(model, inputs: inputs.mapValues { ValueType($0) })
    let outputs = try plan.run(inputs, threads: Threads(2))
    for (id, output) in zip(model.graph.outputs, outputs) {
      let expected = try #require(try source.tensor(named: "activations/" + model.graph[id].name))
      #expect(output.shape == expected.shape)
      let (found, wanted) = (output.converted(to: Double.self), expected.converted(to: Double.self))
      let scale = wanted.map(abs).max() ?? 0
      let worst = zip(found, wanted).map { abs($0 - $1) }.max() ?? 0
      // Positions of another rounding, and errors that add up along the graph.
      #expect(worst <= 1e-5 * scale, "\(model.graph[id].name): \(worst) of \(scale)")
    }
  }

  @Test("a graph without recorded values runs as well")
  func unrecorded() throws {
    for name in ["external", "encodings"] {
      let model = try model(name)
      var inputs: [Graph.ValueID: Tensor] = [:]
      for id in model.inputs {
        let known = try #require(model.graph[id].declaredType.shape.complete)
        inputs[id] = Tensor((0..<known.count).map { Float($0 % 7) }, shape: known)
      }
      let plan = try Plan<Float>(model, inputs: inputs.mapValues { ValueType($0) })
      #expect(try plan.run(inputs).count == model.graph.outputs.count)
    }
  }
}
