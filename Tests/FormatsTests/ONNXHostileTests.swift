import Bytes
import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("Hostile and broken ONNX files")
struct ONNXHostileTests {
  private func read(_ bytes: [UInt8]) throws -> Model {
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "m.onnx")
    try Data(bytes).write(to: file)
    return try FormatTable.read(path: file.path)
  }

  private func fault(_ bytes: [UInt8]) throws -> FormatError {
    try #require(throws: FormatError.self) { try read(bytes) }
  }

  /// Small, with every part that a reader looks into.
  private static let small = WireWriter.model { graph in
    graph.input("x")
    graph.tensor("w", [2, 1, 1, 1]) { $0.run(9, [0, 0, 128, 63, 0, 0, 0, 64]) }
    graph.tensor("b", [2]) { $0.run(4, [0, 0, 128, 63, 0, 0, 0, 64]) }
    graph.tensor("k", type: 7, [2]) { $0.run(7, [1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]) }
    graph.node("Conv", inputs: ["x", "w", "b"], outputs: ["y"]) { $0.attribute("group", 1) }
    graph.output("y")
  }

  @Test("a file cut anywhere is refused, or is whole without its end")
  func truncation() throws {
    #expect(try read(Self.small).graph.nodes.count == 1)
    for length in 0..<Self.small.count { _ = try fault(Array(Self.small[..<length])) }
  }

  @Test("a file with any bit flipped is read or refused")
  func flips() throws {
    var refused = 0
    for index in Self.small.indices {
      for bit in 0..<8 {
        var bytes = Self.small
        bytes[index] ^= 1 << UInt8(bit)
        do { _ = try read(bytes) } catch is FormatError { refused += 1 }
      }
    }
    // Names, numbers and weights may change unseen; lengths, keys and references may not.
    #expect(refused > Self.small.count * 4)
  }

  @Test("messages nested too deep are refused before they are decoded")
  func depth() throws {
    var graph: [UInt8] = []
    for _ in 0..<5000 {
      let inner = graph
      graph = WireWriter.make { graph in
        graph.message(1) { node in node.message(5) { $0.run(6, inner) } }
      }
    }
    let error = try fault(WireWriter.model { $0.raw(graph) })
    #expect(error.explanation.contains("beyond the limit of 64 (messages inside one another)"))
  }

  @Test("types nested too deep are refused")
  func typeDepth() throws {
    var type: [UInt8] = []
    for _ in 0..<200 {
      let inner = type
      type = WireWriter.make { $0.message(4) { $0.run(1, inner) } }
    }
    let input = type
    let error = try fault(
      WireWriter.model { graph in
        graph.message(11) {
          $0.text(1, "x")
          $0.run(2, input)
        }
      })
    #expect(error.explanation.contains("messages inside one another"))
  }

  @Test("a small file that decodes to a large graph is refused")
  func amplification() throws {
    let empties: [UInt8] = (0..<200_000).map { $0 % 2 == 0 ? 1 << 3 | 2 : 0 }
    let error = try fault(WireWriter.model { $0.raw(empties) })
    #expect(error.explanation.contains("messages that take far more memory than bytes"))
  }

  @Test(
    "a field that may stand once is refused when it stands twice",
    arguments: [(7 as UInt64, "graph"), (1, "ir_version")])
  func twice(_ field: UInt64, _ name: String) throws {
    let bytes =
      WireWriter.model { _ in }
      + WireWriter.make {
        if field == 7 { $0.run(7, []) } else { $0.number(1, 9) }
      }
    #expect(try fault(bytes).explanation.contains("field '\(name)' again"))
  }

  @Test("a name with a zero byte is refused: two names could become one")
  func zeroByte() throws {
    let error = try fault(WireWriter.model { $0.input("a\0b") })
    #expect(error.explanation.contains("a text with a zero byte"))
    #expect(error.place.contains("graph.input[0].name"))
  }

  @Test("a name that is not UTF-8 is refused with its byte")
  func notUTF8() throws {
    let bytes = WireWriter.model { $0.message(11) { $0.run(1, [0x61, 0xFF]) } }
    let error = try fault(bytes)
    #expect(error.offset == bytes.count - 1)
  }

  @Test(
    "a tensor whose payload is not what its type and shape say is refused",
    arguments: [
      ("too few bytes", 1, [3], 9, 8), ("too many bytes", 1, [1], 9, 8), ("none", 1, [1], 0, 0),
      ("negative size", 1, [-1], 9, 4), ("overflow", 1, [1 << 40, 1 << 40], 9, 8),
      ("hidden overflow", 1, [0, 1 << 40, 1 << 40], 9, 0), ("texts", 8, [1], 9, 4),
      ("undefined type", 0, [1], 9, 4), ("unknown type", 99, [1], 9, 4),
      ("another type's field", 7, [2], 4, 8),
      ("broken float", 1, [2], 4, 7), ("too few numbers", 6, [9], 5, 8), ("too many numbers", 6, [7], 5, 8),
    ])
  func payload(_ what: String, _ type: Int, _ shape: [Int], _ field: UInt64, _ count: Int) throws {
    let error = try fault(
      WireWriter.model { graph in
        graph.tensor("w", type: type, shape) { tensor in
          if field != 0 { tensor.run(field, Array(repeating: 1, count: count)) }
        }
      })
    #expect(error.place.contains("initializer 'w'"), "\(what): \(error)")
  }

  @Test(
    "a number that its element type cannot hold is refused",
    arguments: [(3, 200), (2, -1), (9, 2), (5, 40_000)])
  func range(_ type: Int, _ number: Int) throws {
    let error = try fault(
      WireWriter.model { graph in
        graph.tensor("w", type: type, [1]) { tensor in
          tensor.run(5, WireWriter.make { $0.varint(UInt64(bitPattern: Int64(number))) })
        }
      })
    #expect(error.explanation.contains("element 0 is \(number)"))
  }

  @Test("numbers with a key before each are read as packed ones are")
  func unpacked() throws {
    let model = try read(
      WireWriter.model { graph in
        graph.tensor("w", type: 7, [3]) { tensor in
          tensor.number(7, 5)
          tensor.number(7, -1)
          tensor.run(7, [9])
        }
      })
    #expect(model.tensors["w"]?.elements(as: Int64.self) == [5, -1, 9])
  }

  @Test("graphs that cannot be one are refused with the node and the value", arguments: Broken.all)
  fileprivate func graph(_ broken: Broken) throws {
    let error = try fault(WireWriter.model(broken.graph))
    #expect(error.description.contains(broken.expected), "\(error)")
  }
}

private struct Broken: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let expected: String
  let graph: @Sendable (inout WireWriter) -> Void

  init(_ description: String, _ expected: String, _ graph: @escaping @Sendable (inout WireWriter) -> Void) {
    testDescription = description
    self.expected = expected
    self.graph = graph
  }

  static let all: [Broken] = [
    Broken("two producers", "node 1 (Bar): computes 'y', which the graph has already") {
      $0.input("x")
      $0.node("Foo", inputs: ["x"], outputs: ["y"])
      $0.node("Bar", inputs: ["x"], outputs: ["y"])
    },
    Broken("an input's name", "needs 'x', which follows from it") {
      $0.input("x")
      $0.node("Foo", inputs: ["x"], outputs: ["x"])
    },
    Broken("a cycle of two", "expected a graph without cycles") {
      $0.node("Foo", inputs: ["a"], outputs: ["b"])
      $0.node("Bar", inputs: ["b"], outputs: ["a"])
    },
    Broken("an unknown input", "node 0 (Foo): takes 'a', which nothing makes") {
      $0.node("Foo", inputs: ["a"], outputs: ["b"])
    },
    Broken("an unknown output", "output 0 'y': found a value that nothing makes") { $0.output("y") },
    Broken("a weight twice", "initializer 1 'w': found this name twice") {
      $0.tensor("w", [0])
      $0.tensor("w", [0])
    },
    Broken("a weight without a name", "initializer 0: found no name") { $0.tensor("", [0]) },
    Broken("an input without a name", "input 0: found no name") { $0.input("") },
    Broken("an input twice", "input 1 'x': found this name twice") {
      $0.input("x")
      $0.input("x")
    },
    Broken("a node without an operator", "found no operator's name") {
      $0.node("", inputs: [], outputs: ["y"])
    },
    Broken("an attribute twice", "attribute 'a': found this name twice") {
      $0.node("Foo", inputs: [], outputs: ["y"]) {
        $0.attribute("a", 1)
        $0.attribute("a", 1)
      }
    },
    Broken("a name beyond the limit", "found a name of 70000 bytes") {
      $0.input(String(repeating: "n", count: 70_000))
    },
  ]
}
