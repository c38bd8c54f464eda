import Bytes
import Foundation
import TestSupport
import Testing

@Suite("The command verify --manifest")
struct ManifestCommandTests {
  @Test("the shipped manifest passes, in JSON and in JUnit")
  func shipped() throws {
    let scratch = try Scratch()
    let manifest = Repository.fixtures.appending(path: "parity.yaml").path
    let result = try Command.run(
      "verify", "--manifest", manifest, "--json", "--junit", scratch.path("j.xml"))
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    let document = try JSONValue(parsing: Array(result.output.utf8).span.bytes, file: "standard output")
    #expect(document["schema"]?.textValue == "dcnconv-manifest/1")
    #expect(document["passes"]?.booleanValue == true)
    #expect(document["models"]?[0]?["reports"]?[0]?["passes"]?.booleanValue == true)
    let junit = try String(contentsOfFile: scratch.path("j.xml"), encoding: .utf8)
    #expect(junit.contains("failures=\"0\""))
  }

  @Test("a layer that fails stands in the SARIF report, by the path that the repository knows")
  func sarif() throws {
    let scratch = try Scratch()
    let result = try Command.run(
      "verify", Command.checkpoint, "--trace", Command.trace, "--producer-precision", "fp64", "--layers",
      "conv1_output", "--sarif", scratch.path("s.sarif"), "-q")
    #expect(result.status == 1, "\(result.output)\(result.errors)")
    let text = try String(contentsOfFile: scratch.path("s.sarif"), encoding: .utf8)
    let document = try JSONValue(parsing: Array(text.utf8).span.bytes, file: "s.sarif")
    let results = document["runs"]?[0]?["results"]?.listValue ?? []
    #expect(results.map { $0["level"]?.textValue } == ["error"])
    let place = results.first?["locations"]?[0]
    let uri = place?["physicalLocation"]?["artifactLocation"]?["uri"]?.textValue
    #expect(uri?.hasSuffix("Fixtures/networks/rfcn_dcn_coco-0000.params") == true, "\(uri ?? "")")
    #expect(place?["logicalLocations"]?[0]?["name"] == "conv1_output")
  }

  @Test("each model has its turn, and the worst of them is the exit status")
  func worst() throws {
    let scratch = try Scratch()
    let manifest = scratch.path("m.yaml")
    let zeros = String(repeating: "0", count: 64)
    try "models:\n  - {model: \(Command.checkpoint), sha256: '\(zeros)'}\n".write(
      toFile: manifest, atomically: true, encoding: .utf8)
    let other = try Command.run("verify", "--manifest", manifest)
    #expect(other.status == 1)
    #expect(other.output.contains("expected \(zeros)"))
    try "not a model".write(toFile: scratch.path("x.bin"), atomically: true, encoding: .utf8)
    try
      "models:\n  - {model: x.bin, traces: [y.npz]}\n  - {model: \(Command.checkpoint), sha256: '\(zeros)'}\n"
      .write(toFile: manifest, atomically: true, encoding: .utf8)
    let both = try Command.run("verify", "--manifest", manifest, "--junit", scratch.path("j.xml"))
    #expect(both.status == 3, "\(both.output)\(both.errors)")
    #expect(both.output.contains("expected \(zeros)"))
    let junit = try String(contentsOfFile: scratch.path("j.xml"), encoding: .utf8)
    #expect(junit.contains("failures=\"2\""), "\(junit)")
  }

  @Test("a manifest and a model on the command line exclude each other")
  func exclusive() throws {
    #expect(try Command.run("verify", Command.checkpoint, "--manifest", "m.yaml").status == 2)
    #expect(try Command.run("verify").status == 2)
    #expect(try Command.run("verify", "--manifest", "m.yaml", "--rtol", "1").status == 2)
    #expect(try Command.run("verify", "--manifest", "m.yaml", "--html", "x.html").status == 2)
    #expect(try Command.run("verify", Command.checkpoint, "--html", "x.html").status == 2)
  }
}
