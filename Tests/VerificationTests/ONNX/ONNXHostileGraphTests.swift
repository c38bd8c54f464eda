import Engine
import Formats
import Foundation
import Graphs
import Operators
import Tensors
import TestSupport
import Testing

@Suite("ONNX graphs whose bytes were changed")
struct ONNXHostileGraphTests {
  /// Small networks and single nodes; the values of all they compute stay below this.
  private static let byteLimit = 16 << 20

  /// Every ninth graph: each operator has several.
  private static let graphs = RecordedGraph.all(.operators).enumerated().filter { $0.offset % 9 == 0 }.map(
    \.element)

  @Test("are read and run, or refused", arguments: graphs)
  func flipped(_ recorded: RecordedGraph) throws {
    let bytes = try recorded.graphs.bytes(recorded.name)
    let fed = try recorded.graphs.inputs(recorded.name)
    var random = SeededGenerator(seed: UInt64(bytes.count))
    let scratch = try Scratch()
    // A prime step: other bytes of the same parts in each graph.
    for place in stride(from: Int(random.next() % 11), to: min(bytes.count, 1500), by: 11) {
      var changed = bytes
      changed[place] ^= 1 << UInt8(random.next() % 8)
      guard let model = try? FormatTable.read(path: try scratch.file(changed, "changed.onnx")) else {
        continue
      }
      attempt(model, fed)
    }
  }

  /// Runs a model where it can be run; whatever it throws is good.
  private func attempt(_ model: Model, _ fed: [String: Tensor]) {
    var inputs: [Graph.ValueID: Tensor] = [:]
    for id in model.inputs { inputs[id] = fed[model.graph[id].name] }
    guard let types = try? GraphInference(model, given: inputs.mapValues { ValueType($0) }) else { return }
    let sizes = types.types.map { $0.shape.complete?.count ?? 0 }
    guard sizes.allSatisfy({ $0 < Self.byteLimit / 8 }),
      let plan = try? Plan<Float>(model, inputs: inputs.mapValues { ValueType($0) })
    else { return }
    let needed = inputs.filter { id, _ in plan.inputs.contains { $0.id == id } }
    _ = try? plan.run(needed)
  }
}
