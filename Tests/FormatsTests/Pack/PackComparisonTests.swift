import Bytes
import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("Comparison of a pack with its source")
struct PackComparisonTests {
  private let threads = Threads(2)

  private func compare(_ model: Model, _ source: Model) -> PackComparison {
    PackComparison(model, source: source, threads: threads)
  }

  private func float(_ values: [Float]) -> Tensor { Tensor(values, shape: [values.count]) }

  @Test("holds where every tensor is there bit for bit, not a number included")
  func same() throws {
    let quiet = Float(bitPattern: 0x7FC0_0001)
    let model = Model(
      tensors: ["a": float([1, quiet]), "b": PackSamples.tensor(.float16, [0])], provenance: Provenance())
    let result = compare(model, model)
    #expect(result.holds && result.identicalCount == 2 && result.replaced.isEmpty)
  }

  @Test("names a missing, a surplus, a reshaped and a changed tensor")
  func differences() throws {
    let source = Model(
      tensors: ["gone": float([1]), "same": float([2]), "shape": float([1, 2]), "bits": float([1, 0, 3])],
      provenance: Provenance())
    let model = Model(
      tensors: [
        "same": float([2]), "shape": Tensor([Float(1), 2], shape: [1, 2]), "bits": float([1, -0.0, 3]),
        "new": float([]),
      ], provenance: Provenance())
    let result = compare(model, source)
    #expect(
      result.findings == [
        .missing(tensor: "gone"),
        .form(tensor: "shape", found: "float32 [1, 2]", expected: "float32 [2]"),
        .bits(tensor: "bits", byte: 7, element: 1), .surplus(tensor: "new"),
      ])
    #expect(result.identicalCount == 1)
  }

  private func replaced(sha256: String? = nil, by: String = "w_test") -> (model: Model, source: Model) {
    let old = float([1, 2])
    let new = float([3, 4])
    let source = Model(tensors: ["w": old, "w_test": new], provenance: Provenance())
    let replacement = Provenance.Replacement(
      tensor: "w", sha256: sha256 ?? Digest(of: old.bytes).description, by: by, rule: "test-weights")
    return (Model(tensors: ["w": new], provenance: Provenance(replacements: [replacement])), source)
  }

  @Test("accepts a replacement that is recorded, and says its rule")
  func replacement() throws {
    let (model, source) = replaced()
    let result = compare(model, source)
    #expect(result.holds)
    #expect(result.replaced.map(\.rule) == ["test-weights"])
    var kept = model
    kept.tensors["w_test"] = source.tensors["w_test"]
    #expect(compare(kept, source).holds)
  }

  @Test("refuses a replacement of another tensor, by another, by none, or that is not recorded")
  func falseReplacements() throws {
    let (model, source) = replaced(sha256: PackSamples.digest)
    guard case .replacement(tensor: "w", _)? = compare(model, source).findings.first else {
      Issue.record("the digest of the replaced tensor is wrong")
      return
    }
    let (other, _) = replaced(by: "absent")
    #expect(!compare(other, source).holds)
    var silent = replaced().model
    silent.provenance.replacements = []
    #expect(compare(silent, source).findings.contains(.bits(tensor: "w", byte: 2, element: 0)))
    var wrong = replaced().model
    wrong.tensors["w"] = float([3, 5])
    #expect(compare(wrong, source).findings == [.bits(tensor: "w", byte: 6, element: 1)])
    var unfounded = replaced().model
    unfounded.provenance.replacements.append(
      Provenance.Replacement(tensor: "x", sha256: PackSamples.digest, by: "w", rule: "r"))
    #expect(!compare(unfounded, source).holds)
  }

  @Test("compares the digests of the source's files")
  func files() throws {
    let scratch = try Scratch()
    try Data([1, 2, 3]).write(to: URL(filePath: scratch.path("w.params")))
    let file = try MappedFile(path: scratch.path("w.params"))
    let source = Model(provenance: Provenance(sources: [Provenance.Source(file, format: "bytes")]))
    let digest = Digest(of: file.bytes).description
    var model = Model(
      provenance: Provenance(sources: [
        Provenance.Source(name: "renamed", byteCount: 3, sha256: digest, format: "bytes"),
        Provenance.Source(name: "w-symbol.json", byteCount: 3, sha256: PackSamples.digest, format: "json"),
      ]))
    #expect(compare(model, source).holds)
    #expect(compare(model, source).filesNotCompared.map(\.name) == ["w-symbol.json"])
    model.provenance.sources.removeFirst()
    #expect(compare(model, source).findings == [.file(name: "w.params", sha256: digest)])
  }
}
