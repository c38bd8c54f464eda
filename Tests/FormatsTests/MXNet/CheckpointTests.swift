import Bytes
import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("MXNet checkpoint")
struct CheckpointTests {
  private let folder = Repository.fixtures.appending(path: "mxnet")

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func data(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  @Test("the pair that MXNet saves is found by its name, and every weight finds its variable")
  func pair() throws {
    let model = try FormatTable.read(path: path("small-0000.params"))
    #expect(model.inputs.map { model.graph[$0].name } == ["data"])
    let bound = model.graph.variables.compactMap { model.graph[$0].tensor }
    #expect(bound.contains("arg:conv_weight"))
    #expect(bound.contains("aux:bn_moving_var"))
    #expect(model.provenance.sources.map(\.name) == ["small-0000.params", "small-symbol.json"])
    #expect(model.provenance.sources.map(\.format) == ["MXNet NDArray list V2", "MXNet symbol JSON"])
    #expect(model.provenance.framework == "MXNet 1.9.1")
  }

  @Test("weights for testing take the place of those of training, and the provenance says so")
  func testWeights() throws {
    let raw = try MXNetCheckpoint.read(
      MappedFile(path: path("small-0000.params")), ReadRequest(findsCompanions: false))
    #expect(raw.tensors.keys.contains("arg:box_weight_test"))
    let model = try FormatTable.read(path: path("small-0000.params"))
    let names = ["box_weight", "box_bias"]
    var replacements: [Provenance.Replacement] = []
    for name in names {
      let tested = try #require(raw.tensors["arg:\(name)_test"])
      let taken = try #require(model.tensors["arg:\(name)"])
      #expect(elementBytes(taken) == elementBytes(tested))
      let dropped = try #require(raw.tensors["arg:\(name)"])
      let digest = Digest(of: dropped.bytes).description
      replacements.append(
        Provenance.Replacement(
          tensor: "arg:\(name)", sha256: digest, by: "arg:\(name)_test", rule: "test-weights"))
    }
    #expect(model.provenance.replacements == replacements)
    #expect(Array(model.tensors.keys) == raw.tensors.keys.filter { !$0.hasSuffix("_test") })
  }

  @Test("binding again changes nothing")
  func again() throws {
    var model = try FormatTable.read(path: path("small-0000.params"))
    let before = model
    model.bindMXNetWeights()
    #expect(model.provenance == before.provenance)
    #expect(model.tensors.keys == before.tensors.keys)
    #expect(model.graph.values.map(\.tensor) == before.graph.values.map(\.tensor))
  }

  /// A model of one box layer and these weights.
  private func bound(_ variables: [String], _ tensors: OrderedDictionary<String, Tensor>) -> Model {
    var model = Model(tensors: tensors, provenance: Provenance())
    for name in variables { model.graph.addVariable(name) }
    model.bindMXNetWeights()
    return model
  }

  private let one = Tensor([Float(1)], shape: [1])
  private let two = Tensor([Float(2)], shape: [1])

  @Test("a graph that asks for the test weights itself gets both")
  func asked() {
    let model = bound(["b", "b_test"], ["arg:b": one, "arg:b_test": two])
    #expect(model.graph.values.map(\.tensor) == ["arg:b", "arg:b_test"])
    #expect(model.provenance.replacements.isEmpty)
  }

  @Test("test weights alone are bound as they are; those of another shape replace nothing")
  func oddities() {
    let alone = bound(["b"], ["arg:b_test": two])
    #expect(alone.graph.values.map(\.tensor) == ["arg:b_test"])
    #expect(alone.provenance.replacements.isEmpty)
    let other = bound(["b"], ["arg:b": one, "arg:b_test": Tensor([Float(1), 2], shape: [2])])
    #expect(other.graph.values.map(\.tensor) == ["arg:b"])
    #expect(
      other.warnings == [
        "'arg:b_test' (float32 [2]) does not replace 'arg:b' (float32 [1]): they differ in shape"
      ])
  }

  @Test("names may stand bare, and tensors that nothing asks for stay")
  func bare() {
    let model = bound(["w", "x"], ["w": one, "arg:unused": two])
    #expect(model.graph.values.map(\.tensor) == ["w", nil])
    #expect(Array(model.tensors.keys) == ["w", "arg:unused"])
  }

  @Test("the symbol is looked for under MXNet's own naming only")
  func naming() throws {
    #expect(MXNetCheckpoint.symbolPath(besideParameters: "a/b-0012.params") == "a/b-symbol.json")
    #expect(MXNetCheckpoint.symbolPath(besideParameters: "x-y-12345.params") == "x-y-symbol.json")
    for path in ["a/b-001.params", "b0000.params", "b-0000.bin", "0000.params", "b-00x0.params"] {
      #expect(MXNetCheckpoint.symbolPath(besideParameters: path) == nil)
    }
  }

  @Test("a symbol may be named, looked for, left out, or not be there")
  func companions() throws {
    let scratch = try Scratch()
    let alone = try scratch.file(data("small-0000.params"), "other-0007.params")
    #expect(try FormatTable.read(path: alone).graph.nodes.isEmpty)
    let named = try FormatTable.read(path: alone, ReadRequest(symbolPath: path("small-symbol.json")))
    #expect(named.inputs.map { named.graph[$0].name } == ["data"])
    _ = try scratch.file(data("small-symbol.json"), "other-symbol.json")
    #expect(try !FormatTable.read(path: alone).graph.nodes.isEmpty)
    #expect(try FormatTable.read(path: alone, ReadRequest(findsCompanions: false)).graph.nodes.isEmpty)
    let missing = #expect(throws: FormatError.self) {
      try FormatTable.read(path: alone, ReadRequest(symbolPath: scratch.path("none.json")))
    }
    #expect(missing?.blame == .request)
    _ = try scratch.file([0x7B], "other-symbol.json")
    #expect(throws: FormatError.self) { try FormatTable.read(path: alone) }
  }
}
