import Bytes
import Formats
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("From a checkpoint to a pack")
struct FirstPathTests {
  private func json(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: Array(text.utf8).span.bytes, file: "standard output")
  }

  @Test("import recognises the network, and says so in JSON with nothing else on standard output")
  func importing() throws {
    let scratch = try Scratch()
    let result = try Command.run("import", Command.checkpoint, "-o", scratch.path("m.dcnpack"), "--json")
    #expect(result.status == 0, "\(result.errors)")
    let document = try json(result.output)
    #expect(document["schema"]?.textValue == "dcnconv-import/1")
    #expect(document["architecture"]?["name"]?.textValue == "rfcn_dcn_coco")
    #expect(document["architecture"]?["confidence"]?.numberValue == 1)
    #expect(document["tensors"]?.integerValue == 542)
    #expect(try scratch.names == ["m.dcnpack"])
  }

  @Test("weights alone are enough, and two imports of the same file are the same bytes")
  func alone() throws {
    let scratch = try Scratch()
    let weights = scratch.path("alone.params")
    try FileManager.default.copyItem(atPath: Command.checkpoint, toPath: weights)
    for name in ["a.dcnpack", "b.dcnpack"] {
      let result = try Command.run("import", weights, "-o", scratch.path(name), "--json")
      let architecture = try json(result.output)["architecture"]
      #expect(architecture?["name"]?.textValue == "rfcn_dcn_coco")
      #expect(architecture?["alternatives"]?.listValue == ["rfcn_dcn_coco_cxx"])
    }
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: scratch.path("a.dcnpack")))
        == Data(contentsOf: URL(fileURLWithPath: scratch.path("b.dcnpack"))))
    let verified = try Command.run("verify", scratch.path("a.dcnpack"), "--source", weights, "--json")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    #expect(try json(verified.output)["integrity"]?["source"]?["identical"]?.integerValue == 540)
  }

  @Test("inspect shows nodes with the dialect in their attributes and shapes that follow from the inputs'")
  func inspecting() throws {
    let result = try Command.run(
      "inspect", Command.checkpoint, "--json", "--nodes", "--tensors", "--shape", "data=1,3,100,132",
      "--shape",
      "im_info=1,3")
    #expect(result.status == 0, "\(result.errors)")
    let document = try json(result.output)
    let nodes = document["nodes"]?.listValue ?? []
    #expect(nodes.count == 370)
    let deformable = nodes.first { $0["operator"]?.textValue == "DeformableConvolution" }
    #expect(deformable?["attributes"]?["border"]?.textValue == "closed")
    #expect(deformable?["source"]?["op"]?.textValue == "_contrib_DeformableConvolution")
    #expect(deformable?["outputs"]?[0]?["shape"]?.listValue == [1, 32, 7, 9])
    #expect(document["tensors"]?.listValue?.count == 542)
  }

  @Test("a changed byte of a pack is exit status 3 with its place, another source exit status 1")
  func damaged() throws {
    let scratch = try Scratch()
    let pack = scratch.path("m.dcnpack")
    #expect(try Command.run("import", Command.checkpoint, "-o", pack).status == 0)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: pack))
    bytes[bytes.count - 100] ^= 1
    try bytes.write(to: URL(fileURLWithPath: scratch.path("damaged.dcnpack")))
    let result = try Command.run("verify", scratch.path("damaged.dcnpack"))
    #expect(result.status == 3)
    #expect(result.errors.contains("at byte"))
    var weights = try Data(contentsOf: URL(fileURLWithPath: Command.checkpoint))
    weights[200_000] ^= 1
    try weights.write(to: URL(fileURLWithPath: scratch.path("other.params")))
    #expect(try Command.run("verify", pack, "--source", scratch.path("other.params")).status == 1)
  }

  @Test("the exported symbol is the recorded one, node for node")
  func exporting() throws {
    let scratch = try Scratch()
    let result = try Command.run("export", Command.checkpoint, "-o", scratch.path("x-symbol.json"))
    #expect(result.status == 0, "\(result.errors)")
    let written = try json(String(contentsOfFile: scratch.path("x-symbol.json"), encoding: .utf8))
    let recorded = try json(
      String(
        contentsOf: Repository.fixtures.appending(path: "networks/rfcn_dcn_coco-symbol.json"), encoding: .utf8
      ))
    func outline(_ document: JSONValue) -> [[JSONValue?]] {
      (document["nodes"]?.listValue ?? []).map { [$0["op"], $0["name"], $0["inputs"]] }
    }
    #expect(outline(written) == outline(recorded))
    #expect(written["heads"] == recorded["heads"])
  }

  @Test("a file that does not exist, an output that does, and an unknown option are exit status 2")
  func usage() throws {
    let scratch = try Scratch()
    let pack = try scratch.file([1], "m.dcnpack")
    #expect(try Command.run("inspect", scratch.path("nowhere")).status == 2)
    #expect(try Command.run("import", Command.checkpoint, "-o", pack).status == 2)
    #expect(try Command.run("inspect", "--bogus").status == 2)
    #expect(try Command.run("inspect", Command.checkpoint, "--shape", "nothing=1").status == 2)
    #expect(
      try Command.run("import", Command.checkpoint, "--architecture", "vgg", "-o", scratch.path("x")).status
        == 2)
  }

  @Test("the error of a truncated file is the recorded sentence, and nothing is left behind")
  func truncated() throws {
    let scratch = try Scratch()
    let whole = try Data(contentsOf: URL(fileURLWithPath: Command.checkpoint))
    let cut = try scratch.file(Array(whole.prefix(100_000)), "cut.params")
    let result = try Command.run("import", cut, "-o", scratch.path("cut.dcnpack"))
    #expect(result.status == 3)
    #expect(result.output.isEmpty)
    #expect(
      result.errors.replacing(scratch.folder.path + "/", with: "")
        == "dcnconv: error: cut.params: array 105 of 544, data of shape [16, 16, 3, 3] at byte 95136: "
        + "needs 9216 bytes, 4864 remain (file truncated?)\n")
    #expect(try scratch.names == ["cut.params"])
  }

  @Test("a trace in HDF5 is judged as the same one in npz")
  func hdf5Trace() throws {
    let scratch = try Scratch()
    let npz = try NPZArchive(path: Command.trace)
    let sink = try HDF5Writer(
      path: scratch.path("trace.h5"), metadata: ["framework": "MXNet", "precision": "fp32"])
    for name in npz.names {
      let tensor = try #require(try npz.tensor(named: name))
      try sink.write(tensor, named: name)
    }
    try sink.finish()
    let results = try [Command.trace, scratch.path("trace.h5")].map {
      try Command.run("verify", Command.checkpoint, "--trace", $0, "--json")
    }
    #expect(results.map(\.status) == [0, 0], "\(results[1].errors)")
    #expect(results[0].output == results[1].output)
  }

  @Test("the recorded trace passes, and a shifted weight does not")
  func trace() throws {
    let passed = try Command.run("verify", Command.checkpoint, "--trace", Command.trace, "--json")
    #expect(passed.status == 0, "\(passed.errors)")
    let report = try json(passed.output)
    #expect(report["verdict"]?.textValue == "rounding")
    #expect((report["coverage"]?["judged"]?.integerValue ?? 0) > 350)
    let scratch = try Scratch()
    var weights = try Data(contentsOf: URL(fileURLWithPath: Command.checkpoint))
    // The exponent's lowest bit of one weight of conv1.
    weights[58] ^= 0x80
    try weights.write(to: URL(fileURLWithPath: scratch.path("x-0000.params")))
    let failed = try Command.run(
      "verify", scratch.path("x-0000.params"), "--symbol",
      Repository.fixtures.appending(path: "networks/rfcn_dcn_coco-symbol.json").path, "--trace",
      Command.trace,
      "--layers", "conv1_output", "--json")
    #expect(failed.status == 1, "\(failed.output)\(failed.errors)")
    #expect(try json(failed.output)["layers"]?[0]?["verdict"]?.textValue == "mismatch")
  }
}
