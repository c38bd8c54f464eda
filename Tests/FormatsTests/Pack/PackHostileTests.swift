import Bytes
import Formats
import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("A hostile pack")
struct PackHostileTests {
  private func open(_ bytes: [UInt8]) throws -> PackFile {
    let scratch = try Scratch()
    try Data(bytes).write(to: URL(filePath: scratch.path("bad")))
    return try PackFile(MappedFile(path: scratch.path("bad")))
  }

  private func refusal(_ header: PackBytes, payload: [UInt8] = []) -> String? {
    do {
      _ = try open(header.pack(payload: payload))
      return nil
    } catch { return (error as? FormatError)?.description }
  }

  /// A header with one tensor and provenance; each part can be spoilt.
  private func header(
    name: String = "t", type: UInt64 = 2, shape: [UInt8] = [3], offset: UInt64 = 0, byteCount: UInt64 = 3,
    sha256: Int = 32
  ) -> PackBytes {
    PackBytes { header in
      header.append(field: 1, tensor(name, type, shape, offset, byteCount, sha256))
      header.append(field: 6, PackBytes())
    }
  }

  private func tensor(
    _ name: String, _ type: UInt64 = 2, _ shape: [UInt8] = [3], _ offset: UInt64 = 0,
    _ byteCount: UInt64 = 3, _ sha256: Int = 32
  ) -> PackBytes {
    PackBytes { tensor in
      tensor.append(field: 1, text: name)
      if type > 0 { tensor.append(field: 2, number: type) }
      if !shape.isEmpty { tensor.append(field: 3, shape) }
      if offset > 0 { tensor.append(field: 4, number: offset) }
      if byteCount > 0 { tensor.append(field: 5, number: byteCount) }
      tensor.append(field: 6, [UInt8](repeating: 7, count: sha256))
    }
  }

  @Test("that is cut off anywhere is refused when it is opened")
  func truncations() throws {
    let scratch = try Scratch()
    try PackWriter.write(PackSamples.small, to: scratch.path("m"))
    let good = try bytes(scratch.path("m"))
    for count in good.indices {
      #expect(throws: FormatError.self, "\(count)") { try open(Array(good[..<count])) }
    }
    #expect(throws: FormatError.self) { try open(good + [0]) }
  }

  @Test("of another version, or with a header beyond the limit, is refused by name")
  func prefix() throws {
    var bytes = header().pack(payload: [1, 2, 3])
    #expect(throws: Never.self) { try open(bytes) }
    bytes[8] = 2
    #expect(throws: FormatError.self) { try open(bytes) }
    bytes[8] = 1
    bytes[15] = 0x7F
    let error = #expect(throws: FormatError.self) { try open(bytes) }
    #expect(error?.description.contains("limit") == true)
  }

  @Test("whose table of tensors lies is refused")
  func tables() throws {
    #expect(refusal(header(), payload: [1, 2, 3]) == nil)
    let tooMany = [UInt8](repeating: 1, count: 33)
    let spoilt: [(PackBytes, String)] = [
      (header(offset: 64), "starts at byte 64"), (header(offset: 3), "starts at byte 3"),
      (header(byteCount: 4), "4 bytes"), (header(byteCount: 0), "0 bytes"),
      (header(byteCount: .max), "beyond 2^63"), (header(offset: .max), "beyond 2^63"),
      (header(shape: [4]), "3 bytes"), (header(type: 0), "element type 0"),
      (header(type: 8), "element type 8"), (header(type: 99), "element type 99"),
      (header(shape: tooMany), "33 dimensions"), (header(sha256: 31), "31 bytes"),
      (header(shape: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 2, 0]), "does not fit"),
      (header(shape: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]), "does not fit"),
      (header(name: String(repeating: "n", count: 65537)), "65537 bytes"),
    ]
    for (header, expected) in spoilt {
      let message = refusal(header, payload: [1, 2, 3])
      #expect(message?.contains(expected) == true, "\(expected): \(message ?? "opened")")
    }
  }

  @Test("whose names repeat, descend, are not UTF-8, or are one name in two compositions is refused")
  func names() throws {
    func two(_ a: String, _ b: String) -> String? {
      refusal(
        PackBytes { header in
          header.append(field: 1, tensor(a))
          header.append(field: 1, tensor(b, 2, [3], 64))
          header.append(field: 6, PackBytes())
        }, payload: [UInt8](repeating: 0, count: 67))
    }
    #expect(two("a", "b") == nil)
    #expect(two("a", "a")?.contains("ascend") == true)
    #expect(two("b", "a")?.contains("ascend") == true)
    #expect(two("e\u{301}", "\u{E9}")?.contains("composition") == true)
    var bad = PackBytes()
    bad.append(field: 1, PackBytes { $0.append(field: 1, [0xC3, 0x28]) })
    bad.append(field: 6, PackBytes())
    #expect(refusal(bad)?.contains("UTF-8") == true)
  }

  @Test("whose encoding is not the canonical one is refused")
  func encodings() throws {
    let provenance = PackBytes { $0.append(field: 6, PackBytes()) }
    func with(_ body: (inout PackBytes) -> Void) -> String? {
      refusal(
        PackBytes { header in
          body(&header)
          header.bytes += provenance.bytes
        })
    }
    #expect(with { _ in } == nil)
    let zero = with { $0.append(field: 4, PackBytes { $0.append(field: 1, text: "") }) }
    #expect(zero?.contains("no content") == true)
    let confidence = with {
      $0.append(field: 4, PackBytes { $0.bytes = [2 << 3 | 1, 0, 0, 0, 0, 0, 0, 0, 0x80] })
    }
    #expect(confidence?.contains("a zero") == true)
    let late = refusal(
      PackBytes { header in
        header.bytes = provenance.bytes
        header.append(field: 4, PackBytes())
      })
    #expect(late?.contains("ascending") == true)
    let twice = with {
      $0.append(field: 4, PackBytes())
      $0.append(field: 4, PackBytes())
    }
    #expect(twice?.contains("ascending") == true)
    #expect(with { $0.append(field: 9, number: 1) }?.contains("field") == true)
    let idle = with { $0.bytes = [4 << 3 | 2, 0x80, 0x00] }
    #expect(idle?.contains("idle") == true)
    #expect(with { $0.append(field: 4, number: 1) }?.contains("wire type 0") == true)
    #expect(with { $0.append(field: 2, []) }?.contains("no content") == true)
    let section = with { header in header.append(field: 3, PackBytes { $0.append(field: 9, number: 1) }) }
    #expect(section?.contains("Graph") == true)
  }

  @Test("that nests as deep as its bytes allow is refused before anything recurses")
  func depth() throws {
    var value = PackBytes()
    for _ in 0..<20_000 {
      let inner = value
      value = PackBytes { $0.append(field: 5, PackBytes { $0.append(field: 1, inner) }) }
    }
    let attribute = PackBytes { attribute in
      attribute.append(field: 1, text: "a")
      attribute.append(field: 2, value)
    }
    let operation = PackBytes { operation in
      operation.append(field: 1, text: "Deep")
      operation.append(field: 2, attribute)
    }
    let message = refusal(
      PackBytes { header in
        header.append(field: 3, PackBytes { $0.append(field: 1, operation) })
        header.append(field: 6, PackBytes())
      })
    #expect(message?.contains("limit") == true)
  }

  @Test("of a million empty messages takes no memory beyond its budget")
  func amplification() throws {
    let list = PackBytes { list in
      for _ in 0..<1_000_000 { list.append(field: 1, PackBytes()) }
    }
    let operation = PackBytes { operation in
      operation.append(
        field: 2, PackBytes { $0.append(field: 2, PackBytes { $0.append(field: 5, list) }) })
    }
    let message = refusal(
      PackBytes { header in
        header.append(field: 3, PackBytes { $0.append(field: 1, operation) })
        header.append(field: 6, PackBytes())
      })
    #expect(message?.contains("memory") == true)
  }

  @Test("whose graph names what is not there is refused")
  func graphs() throws {
    struct Parts {
      var operation: UInt64 = 0
      var inputs: [UInt8] = [1]
      var outputs: [UInt8] = [1]
      var spelling: UInt64 = 0
      var heads: [UInt8] = [1]
      var tensor: UInt64 = 0
    }
    func graph(_ change: (inout Parts) -> Void) -> String? {
      var parts = Parts()
      change(&parts)
      let node = PackBytes { node in
        if parts.operation > 0 { node.append(field: 2, number: parts.operation) }
        if !parts.inputs.isEmpty { node.append(field: 3, parts.inputs) }
        if !parts.outputs.isEmpty { node.append(field: 4, parts.outputs) }
        if parts.spelling > 0 { node.append(field: 5, number: parts.spelling) }
      }
      return refusal(
        PackBytes { header in
          header.append(
            field: 3,
            PackBytes { graph in
              graph.append(field: 1, PackBytes { $0.append(field: 1, text: "Any") })
              graph.append(
                field: 3, PackBytes { if parts.tensor > 0 { $0.append(field: 2, number: parts.tensor) } })
              graph.append(field: 3, PackBytes())
              graph.append(field: 4, node)
              if !parts.heads.isEmpty { graph.append(field: 5, parts.heads) }
            })
          header.append(field: 6, PackBytes())
        })
    }
    #expect(graph { _ in } == nil)
    #expect(graph { $0.operation = 1 }?.contains("operation 1 of 1") == true)
    #expect(graph { $0.inputs = [3] }?.contains("value 2") == true)
    #expect(graph { $0.inputs = [2] }?.contains("before the node") == true)
    #expect(graph { $0.outputs = [2] }?.contains("value 2") == true)
    #expect(graph { $0.outputs = [1, 0] }?.contains("expected a run") == true)
    #expect(graph { $0.outputs = [1, 1] }?.contains("expected a run") == true)
    #expect(graph { $0.spelling = 1 }?.contains("spelling 1 of 0") == true)
    #expect(graph { $0.heads = [2] }?.contains("value 2") == true)
    #expect(graph { $0.tensor = 1 }?.contains("tensor 1 of 0") == true)
  }

  @Test("with a critical section is refused by its name, one that is not critical is kept")
  func sections() throws {
    func section(critical: Bool) -> PackBytes {
      PackBytes { header in
        header.append(field: 6, PackBytes())
        header.append(
          field: 7,
          PackBytes { section in
            section.append(field: 1, text: "future")
            if critical { section.append(field: 2, number: 1) }
            section.append(field: 3, [9])
          })
      }
    }
    #expect(refusal(section(critical: true))?.contains("'future'") == true)
    #expect(try open(section(critical: false).pack()).model.unknownSections == ["future": [9]])
  }

  @Test("made of random bytes behind a right start is refused or well-formed, never a trap")
  func random() throws {
    let seed = UInt64.random(in: .min ... .max)
    var generator = SeededGenerator(seed: seed)
    let scratch = try Scratch()
    try PackWriter.write(PackSamples.model, to: scratch.path("m"))
    let good = try bytes(scratch.path("m"))
    let length = Int(good[12]) | Int(good[13]) << 8
    for _ in 0..<1_000 {
      var header = PackBytes()
      header.bytes = Array(good[48..<48 + length])
      for _ in 0...Int.random(in: 0..<3, using: &generator) {
        header.bytes[Int.random(in: 0..<length, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      do {
        let payload = Array(good[((48 + length + 63) / 64 * 64)...])
        _ = try open(header.pack(payload: payload)).verify(threads: Threads(1))
      } catch { #expect(error is FormatError, "seed \(seed)") }
    }
  }
}
