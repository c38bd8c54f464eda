import Bytes
import Formats
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("The command probe")
struct ProbeCommandTests {
  /// Answers made of the expected ones: as declared, but for one case under one of its alternatives.
  private static func answer(
    _ folder: String, to path: String, altering altered: (name: String, cause: String)?
  )
    throws
  {
    let text = try Data(contentsOf: URL(fileURLWithPath: folder + "/probe.json"))
    let document = try JSONValue(parsing: Array(text).span.bytes, file: "probe.json")
    let expected = try TensorFiles.open(path: folder + "/expected.npz")
    let answers = try TensorFiles.create(
      path: path, metadata: ["framework": "ours", "version": "1"], replaces: true)
    for one in document["cases"]?.listValue ?? [] {
      let name = one["name"]?.textValue ?? ""
      var array = name + "/declared"
      if let altered, altered.name == name {
        let listed = one["expected"]?.listValue ?? []
        array =
          listed.first { $0["cause"]?.textValue?.hasPrefix(altered.cause) == true }?["array"]?.textValue ?? ""
      }
      let tensor = try #require(try expected.tensor(named: array))
      try answers.write(tensor, named: name)
    }
    try answers.finish()
  }

  @Test("a probe is made, its expected answers pass, another dialect's are named")
  func roundTrip() throws {
    let scratch = try Scratch()
    let folder = scratch.path("probe")
    let made = try Command.run("probe", "make", "DeformableConvolution", "-o", folder, "--for", "mxnet")
    #expect(made.status == 0, "\(made.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    for name in [
      "probe.json", "probe.dcnpack", "inputs.npz", "expected.npz", "run_probe.py", "v1-symbol.json",
    ] {
      #expect(names.contains(name), "\(names)")
    }
    #expect(try Command.run("probe", "make", "ROIPooling", "-o", folder).status == 2)

    try Self.answer(folder, to: scratch.path("right.npz"), altering: nil)
    let right = try Command.run("probe", "judge", folder, scratch.path("right.npz"))
    #expect(right.status == 0, "\(right.output)\(right.errors)")
    #expect(right.output.contains("the expected bits"))

    try Self.answer(folder, to: scratch.path("wrong.npz"), altering: ("v1", "the zero border"))
    let wrong = try Command.run("probe", "judge", folder, scratch.path("wrong.npz"), "--json")
    #expect(wrong.status == 1)
    let document = try JSONValue(parsing: Array(wrong.output.utf8).span.bytes, file: "standard output")
    #expect(document["schema"]?.textValue == "dcnconv-probe-verdict/1")
    #expect(document["holds"]?.booleanValue == false)
    let one = document["cases"]?.listValue?.first
    #expect(one?["outcome"]?.textValue == "named")
    #expect(one?["causes"]?.listValue?.first?["cause"]?.textValue?.hasPrefix("the zero border") == true)
  }

  @Test("the probe of a model asks for its own layers")
  func ofModel() throws {
    let scratch = try Scratch()
    let made = try Command.run(
      "probe", "make", Command.checkpoint, "--layers", "res5a_branch2b_output", "-o", scratch.path("probe"),
      "--json")
    #expect(made.status == 0, "\(made.errors)")
    let document = try JSONValue(parsing: Array(made.output.utf8).span.bytes, file: "standard output")
    #expect(document["framework"]?.textValue == "mxnet")
    #expect(document["cases"]?.listValue?.first?["attributes"]?["deformableGroups"]?.integerValue == 4)
  }

  @Test("what is neither a file nor an operator is wrong usage")
  func usage() throws {
    let scratch = try Scratch()
    #expect(try Command.run("probe", "make", "Nothing", "-o", scratch.path("p")).status == 2)
    #expect(try Command.run("probe", "judge", scratch.path("none"), scratch.path("a.npz")).status == 2)
  }
}
