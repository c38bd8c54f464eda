import Bytes
import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("Verification of a pack")
struct PackVerificationTests {
  private func verify(_ bytes: [UInt8], in scratch: Scratch) throws -> PackReport {
    let path = scratch.path("flipped")
    try Data(bytes).write(to: URL(filePath: path))
    return try PackFile(MappedFile(path: path)).verify(threads: Threads(1))
  }

  @Test("finds nothing wrong with what was written, and counts what it looked at")
  func clean() throws {
    let scratch = try Scratch()
    for model in [PackSamples.model, PackSamples.weights, Model(provenance: Provenance())] {
      let summary = try PackWriter.write(model, to: scratch.path("m"))
      let report = try PackFile(MappedFile(path: scratch.path("m"))).verify(threads: Threads(2))
      #expect(report.findings.isEmpty)
      #expect(report.tensorCount == model.tensors.count && report.digest == summary.digest)
      #expect(report.tensorByteCount == model.tensors.values.reduce(0) { $0 + $1.byteCount })
    }
  }

  @Test("finds a flipped bit and an inversion of every byte, wherever it is")
  func flips() throws {
    let scratch = try Scratch()
    try PackWriter.write(PackSamples.small, to: scratch.path("m"))
    let good = try bytes(scratch.path("m"))
    for index in good.indices {
      // One bit of each byte, another of the next: all eight would take eight times as long.
      for mask in [UInt8(1) << UInt8(index % 8), 0xFF] {
        var bad = good
        bad[index] ^= mask
        do {
          let report = try verify(bad, in: scratch)
          #expect(!report.findings.isEmpty, "byte \(index)")
        } catch is FormatError {}
      }
    }
  }

  @Test("names the tensor whose byte was flipped, and where padding is not zero")
  func names() throws {
    let scratch = try Scratch()
    try PackWriter.write(PackSamples.weights, to: scratch.path("m"))
    let good = try bytes(scratch.path("m"))
    let model = try FormatTable.read(path: scratch.path("m"))
    let a = try #require(model.tensors["a"]?.place?.range)
    let b = try #require(model.tensors["b"]?.place?.range)
    var bad = good
    bad[b.lowerBound + 5] ^= 4
    var report = try verify(bad, in: scratch)
    #expect(report.findings.map(\.kind) == [.digest(tensor: "b")])
    #expect(report.findings.first?.offset == b.lowerBound)
    bad = good
    bad[a.upperBound] = 1
    report = try verify(bad, in: scratch)
    #expect(report.findings.map(\.kind) == [.padding])
    #expect(report.findings.first?.offset == a.upperBound)
  }

  @Test("finds a header that says the same in another way")
  func canonicalForm() throws {
    // An operation that no node uses is well-formed, but nothing that the writer would write.
    let scratch = try Scratch()
    var header = PackBytes()
    header.append(
      field: 3,
      PackBytes { graph in
        graph.append(field: 1, PackBytes { $0.append(field: 1, Array("Idle".utf8)) })
        graph.append(field: 3, PackBytes { $0.append(field: 1, Array("x".utf8)) })
      })
    header.append(field: 6, PackBytes())
    let report = try verify(header.pack(), in: scratch)
    #expect(report.findings.map(\.kind) == [.canonicalForm])
  }

  @Test("says how far it is, up to the end")
  func progress() throws {
    let scratch = try Scratch()
    try PackWriter.write(PackSamples.model, to: scratch.path("m"))
    let pack = try PackFile(MappedFile(path: scratch.path("m")))
    let last = LastProgress()
    let report = pack.verify(threads: Threads(1)) { done, total in last.set(done, total) }
    #expect(last.value == [report.tensorByteCount, report.tensorByteCount])
  }
}
