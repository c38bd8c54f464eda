import Testing
import Verification

@Suite("Parity manifests")
struct ManifestTests {
  private func parse(_ text: String) throws -> ParityManifest {
    try ParityManifest(parsing: text, file: "m.yaml", folder: "weights")
  }

  @Test("every key is read, and paths are relative to the manifest")
  func whole() throws {
    let manifest = try parse(
      """
      models:
        - model: a-0000.params
          sha256: 8D3D203276799575FE42666851D0344DB1FFE52C5D5720CCC35C044F09F0E491
          symbol: a.json
          architecture: rfcn_coco
          source: /elsewhere/a.params
          traces: [one.npz, two.h5]
          layers: "res5*"
          precision: tf32
          rtol: 1e-3
          require-coverage: 90%
          max-ill-conditioned: 0.01
        - {model: b.dcnpack}
      """)
    let first = manifest.entries[0]
    #expect(first.model == "weights/a-0000.params")
    #expect(first.sha256?.hasPrefix("8d3d2032") == true)
    #expect(first.symbol == "weights/a.json")
    #expect(first.architecture == "rfcn_coco")
    #expect(first.source == "/elsewhere/a.params")
    #expect(first.traces == ["weights/one.npz", "weights/two.h5"])
    #expect(first.layers == "res5*")
    #expect(first.arithmetic == .tf32)
    #expect(first.tolerance?.relative == 1e-3)
    #expect(first.tolerance?.absolute == 0)
    #expect(first.requirements.coverage == .percent(90))
    #expect(first.requirements.maximumIllConditioned == 0.01)
    #expect(manifest.entries[1].model == "weights/b.dcnpack")
    #expect(manifest.entries[1].tolerance == nil)
  }

  @Test(
    "what nobody knows is refused with its place",
    arguments: [
      ("", "is empty"), ("[", "is no YAML"), ("- a", "line 1, column 1: found no mapping"),
      ("models: []", "has no list 'models'"), ("models:\n  - {}", "line 2, column 5: has no 'model'"),
      ("models:\n  - {model: a, modle: b}", "line 2, column 16: found 'modle'"),
      ("models:\n  - {model: a, sha256: 12}", "'sha256' takes 64"),
      ("models:\n  - {model: a, rtol: -1}", "'rtol' takes a number"),
      ("models:\n  - {model: a, traces: b}", "'traces' is no list"),
      ("models:\n  - {model: a, precision: fp8}", "'precision' takes"),
      ("models:\n  - {model: a, require-coverage: some}", "'require-coverage' takes"),
      ("models:\n  - {model: [a]}", "'model' is no text"),
    ])
  func refused(text: String, message: String) {
    let error = #expect(throws: VerificationError.self) { try parse(text) }
    #expect(error.map { "\($0)".contains(message) } == true, "\(error.map { "\($0)" } ?? "")")
  }
}
