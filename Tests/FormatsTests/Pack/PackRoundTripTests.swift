import Bytes
import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("A pack")
struct PackRoundTripTests {
  private func roundTrip(_ model: Model) throws -> Model {
    let scratch = try Scratch()
    let path = scratch.path("m.dcnpack")
    try PackWriter.write(model, to: path)
    return try FormatTable.read(path: path)
  }

  @Test("gives back every tensor with its name, type, shape, bytes and order")
  func tensors() throws {
    let model = PackSamples.model
    let again = try roundTrip(model)
    #expect(again.tensors.keys == model.tensors.keys)
    for (name, tensor) in model.tensors {
      let other = try #require(again.tensors[name])
      #expect(other.elementType == tensor.elementType && other.shape == tensor.shape)
      #expect(other.byteArray == tensor.byteArray, "\(name)")
    }
  }

  @Test("gives back the graph: values, nodes, operators, attributes bit by bit, spellings and outputs")
  func graph() throws {
    let graph = PackSamples.model.graph
    let again = try roundTrip(PackSamples.model).graph
    #expect(again.outputs == graph.outputs)
    #expect(again.values.map(\.name) == graph.values.map(\.name))
    #expect(again.values.map(\.tensor) == graph.values.map(\.tensor))
    #expect(again.values.map(\.producer) == graph.values.map(\.producer))
    #expect(again.values.map(\.declaredType) == graph.values.map(\.declaredType))
    #expect(again.nodes.map(\.name) == graph.nodes.map(\.name))
    #expect(again.nodes.map(\.inputs) == graph.nodes.map(\.inputs))
    #expect(again.nodes.map(\.outputs) == graph.nodes.map(\.outputs))
    #expect(again.nodes.map(\.source) == graph.nodes.map(\.source))
    for (node, other) in zip(graph.nodes, again.nodes) {
      #expect(other.operation.name == node.operation.name)
      #expect(spelled(other.operation.attributes) == spelled(node.operation.attributes))
      #expect(type(of: other.operation) == type(of: node.operation))
    }
    #expect((again.nodes[1].operation as? OpaqueOperation)?.outputCount == 2)
    #expect((again.nodes[0].operation as? Convolution) == (graph.nodes[0].operation as? Convolution))
  }

  /// Attributes with numbers as bits: some of them are not equal to themselves.
  private func spelled(_ attributes: Attributes) -> [String] {
    func spell(_ value: AttributeValue) -> String {
      switch value {
      case .number(let number): "number \(number.bitPattern)"
      case .list(let values): "[" + values.map(spell).joined(separator: ",") + "]"
      default: "\(value)"
      }
    }
    return attributes.map { "\($0.key)=\(spell($0.value))" }
  }

  @Test("gives back the network, its recipe, where it came from, and unknown sections")
  func description() throws {
    let model = PackSamples.model
    let again = try roundTrip(model)
    #expect(again.network == model.network)
    #expect(again.recipe == model.recipe)
    #expect(again.provenance == model.provenance)
    #expect(again.unknownSections == model.unknownSections)
    for recipe in PackSamples.otherRecipes {
      var other = model
      other.recipe = recipe
      #expect(try roundTrip(other).recipe == recipe)
    }
  }

  @Test("of weights alone has no graph, network or recipe")
  func weights() throws {
    let again = try roundTrip(PackSamples.weights)
    #expect(again.graph.values.isEmpty && again.network == nil && again.recipe == nil)
    #expect(Array(again.tensors.keys) == ["b", "a"])
  }

  @Test("of nothing is a pack")
  func nothing() throws {
    #expect(try roundTrip(Model(provenance: Provenance())).tensors.isEmpty)
  }

  @Test("has the same bytes for the same model, with any number of threads, and when it is written again")
  func canonical() throws {
    let scratch = try Scratch()
    for threads in [1, 2, 7] {
      try PackWriter.write(
        PackSamples.model, to: scratch.path("\(threads)"),
        PackOptions(isDurable: false, threads: Threads(threads)))
    }
    let first = try bytes(scratch.path("1"))
    #expect(try bytes(scratch.path("2")) == first)
    #expect(try bytes(scratch.path("7")) == first)
    try PackWriter.write(FormatTable.read(path: scratch.path("1")), to: scratch.path("again"))
    #expect(try bytes(scratch.path("again")) == first)
  }

  @Test("holds the digests of its sources and tensors, whatever their lengths", arguments: [1, 2, 3, 16])
  func digests(threads: Int) throws {
    let scratch = try Scratch()
    let counts = [0, 1, 63, 64, 65, 4097, 1 << 20, 1 << 20 | 1, 3 << 20, 9 << 20]
    let messages = counts.map { PackSamples.tensor(.uint8, Shape([$0]), seed: $0) }
    // The longest source is longer than any tensor.
    let sources = try [0, 5, 11 << 20].map { count in
      let path = scratch.path("source \(count)")
      try Data(PackSamples.tensor(.uint8, Shape([count]), seed: 7).byteArray).write(to: URL(filePath: path))
      return Provenance.Source(try MappedFile(path: path), format: "bytes")
    }
    var model = Model(provenance: Provenance(sources: sources))
    for (count, message) in zip(counts, messages) { model.tensors["\(count)"] = message }
    let path = scratch.path("m")
    let last = LastProgress()
    let summary = try PackWriter.write(
      model, to: path,
      PackOptions(isDurable: false, threads: Threads(threads)) { done, total in last.set(done, total) })
    #expect(last.value == [summary.byteCount, summary.byteCount])
    let pack = try PackFile(MappedFile(path: path))
    let found = pack.model.provenance.sources.map(\.sha256)
    #expect(found == sources.compactMap { $0.file.map { Digest(of: $0.bytes).description } })
    #expect(found.count == sources.count)
    let start = Data(try bytes(path).prefix(4096))
    for message in messages {
      #expect(start.range(of: Data(Digest(of: message.bytes).bytes)) != nil, "\(message.byteCount) bytes")
    }
    #expect(pack.verify(threads: Threads(threads)).findings.isEmpty)
  }

  @Test("does not depend on the order of dictionaries, but keeps the order of tensors")
  func order() throws {
    let scratch = try Scratch()
    var model = PackSamples.weights
    try PackWriter.write(model, to: scratch.path("ba"))
    model.tensors = ["a": PackSamples.tensor(.float16, [5]), "b": PackSamples.tensor(.float32, [2, 3])]
    try PackWriter.write(model, to: scratch.path("ab"))
    #expect(try FormatTable.read(path: scratch.path("ab")).tensors.keys == ["a", "b"])
    #expect(try FormatTable.read(path: scratch.path("ba")).tensors.keys == ["b", "a"])
  }

  @Test("holds each tensor at a multiple of 64 bytes, in the order of names")
  func layout() throws {
    let scratch = try Scratch()
    try PackWriter.write(PackSamples.model, to: scratch.path("m"))
    let model = try FormatTable.read(path: scratch.path("m"))
    let sorted = model.tensors.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    let places = try sorted.map { try #require($0.value.place).range }
    #expect(places.allSatisfy { $0.lowerBound % 64 == 0 })
    for (a, b) in zip(places, places.dropFirst()) {
      #expect(b.lowerBound >= a.upperBound && b.lowerBound - a.upperBound < 64)
    }
    #expect(places.last?.upperBound == (try bytes(scratch.path("m")).count))
  }

  @Test("of an operator that a later version knows keeps it, and is written again with the same bytes")
  func laterOperator() throws {
    let scratch = try Scratch()
    var graph = Graph()
    let x = graph.addVariable("x")
    graph.addNode(
      "n", OpaqueOperation(name: "Later", attributes: ["k": .integer(3)], vocabulary: .neutral), inputs: [x],
      outputNames: ["y"])
    try PackWriter.write(Model(graph: graph, provenance: Provenance()), to: scratch.path("a"))
    let again = try FormatTable.read(path: scratch.path("a"))
    #expect((again.graph.nodes[0].operation as? OpaqueOperation)?.vocabulary == .neutral)
    try PackWriter.write(again, to: scratch.path("b"))
    #expect(try bytes(scratch.path("a")) == bytes(scratch.path("b")))
  }

  @Test("keeps an opaque operator opaque, even one that bears a known operator's name")
  func opaqueNamesake() throws {
    var graph = Graph()
    let x = graph.addVariable("x")
    graph.addNode(
      "n", OpaqueOperation(name: "Convolution", attributes: ["odd": .text("yes")]), inputs: [x],
      outputNames: ["y"])
    let again = try roundTrip(Model(graph: graph, provenance: Provenance()))
    #expect(again.graph.nodes[0].operation is OpaqueOperation)
  }
}
