import Bytes
import Foundation
import TestSupport
import Testing

@Suite("The command export")
struct ExportTests {
  private static func json(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: Array(text.utf8).span.bytes, file: "standard output")
  }

  @Test("the compact form of a network is read back with its recipe, and sees the same in a picture")
  func compact() throws {
    let scratch = try Scratch()
    let path = scratch.path("rfcn.onnx")
    let result = try Command.run("export", Command.checkpoint, "-o", path, "--keep-custom", "--json")
    #expect(result.status == 0, "\(result.errors)")
    let document = try Self.json(result.output)
    #expect(document["schema"]?.textValue == "dcnconv-export/1")
    #expect(document["format"]?.textValue == "ONNX")
    let trace = try Command.run("verify", path, "--trace", Command.trace, "--json")
    let report = try Self.json(trace.output)
    #expect(trace.status == 0, "\(trace.errors)")
    #expect((report["coverage"]?["judged"]?.integerValue ?? 0) > 100)
    #expect(try Command.run("export", Command.checkpoint, "-o", path, "--keep-custom").status == 2)
  }

  @Test("the same model gives the same file, whatever it was read from")
  func deterministic() throws {
    let scratch = try Scratch()
    let pack = scratch.path("m.dcnpack")
    #expect(try Command.run("import", Command.checkpoint, "-o", pack).status == 0)
    for (source, name) in [(Command.checkpoint, "a.onnx"), (pack, "b.onnx"), (pack, "c.onnx")] {
      #expect(
        try Command.run("export", source, "-o", scratch.path(name), "--keep-custom", "--no-fsync").status == 0
      )
    }
    let files = try ["a.onnx", "b.onnx", "c.onnx"].map {
      try Data(contentsOf: URL(fileURLWithPath: scratch.path($0)))
    }
    #expect(files[1] == files[2])
    #expect(files[0] == files[1])
  }

  @Test("weights as NumPy and HDF5 have them", arguments: ["w.npz", "w.h5"])
  func weights(_ name: String) throws {
    let scratch = try Scratch()
    let path = scratch.path(name)
    let result = try Command.run("export", Command.checkpoint, "-o", path)
    #expect(result.status == 0, "\(result.errors)")
    if name == "w.npz" {
      let recorded = try RecordedArrays(URL(fileURLWithPath: path))
      #expect(recorded.contains("arg:conv1_weight"))
      #expect(try recorded["arg:conv1_weight"].shape.count == 4)
    }
  }

  @Test("options that concern ONNX alone, unknown endings, and inputs that are not there are refused")
  func refused() throws {
    let scratch = try Scratch()
    #expect(
      try Command.run("export", Command.checkpoint, "-o", scratch.path("a.params"), "--fold").status == 2)
    #expect(try Command.run("export", Command.checkpoint, "-o", scratch.path("a.caffemodel")).status == 2)
    let shape = try Command.run(
      "export", Command.checkpoint, "-o", scratch.path("a.onnx"), "--shape", "picture=1,3,?,?")
    #expect(shape.status == 2)
    #expect(shape.errors.contains("no input 'picture'"))
    #expect(try scratch.names.isEmpty)
  }

  @Test(
    "the exported network is the same computation in ONNX Runtime, value by value",
    .enabled(if: PythonProgram.onnxruntime != nil),
    arguments: [[], ["--target", "portable"], ["--detections", "--external-data"]])
  func checked(options: [String]) throws {
    let python = try #require(PythonProgram.onnxruntime)
    let scratch = try Scratch()
    let path = scratch.path("rfcn.onnx")
    let result = try Command.run(
      ["export", Command.checkpoint, "-o", path, "--check", "--json", "--python", python.path] + options
        + ["--input", Command.trace])
    let report = try #require(try Self.json(result.output)["check"], "\(result.errors)")
    let bad = (report["layers"]?.listValue ?? []).filter {
      ["suspect", "mismatch"].contains($0["verdict"]?.textValue ?? "")
    }
    #expect(result.status == 0, "\(result.errors)\(bad.prefix(3).map { $0.written() })")
    #expect((report["coverage"]?["judged"]?.integerValue ?? 0) > 100)
    let valid = try python.run(
      """
      import sys, onnx
      onnx.checker.check_model(sys.argv[1], full_check=True)
      model = onnx.load(sys.argv[1], load_external_data=False)
      print(sorted({node.domain for node in model.graph.node}), [one.key for one in model.metadata_props])
      """, path)
    #expect(valid.status == 0, "\(valid.output)")
    #expect(valid.output.hasPrefix("['']"))
    #expect(valid.output.contains("dcnconv.recipe"))
  }

  @Test(
    "MXNet loads what is written and computes the recorded bits", .enabled(if: PythonProgram.mxnet != nil))
  func mxnet() throws {
    let python = try #require(PythonProgram.mxnet)
    let scratch = try Scratch()
    for name in ["net-symbol.json", "net-0000.params"] {
      let result = try Command.run("export", Command.checkpoint, "-o", scratch.path(name))
      #expect(result.status == 0, "\(result.errors)")
    }
    let source = Command.checkpoint.dropLast("-0000.params".count)
    let result = try python.run(
      """
      import sys, warnings
      warnings.filterwarnings("ignore")
      import numpy as np, mxnet as mx

      @mx.operator.register("proposal")
      class Proposal(mx.operator.CustomOpProp):
          # Loading asks for the names alone; nothing behind it is run.
          def __init__(self, **attributes):
              super().__init__(need_top_grad=False)
              self.outputs = ["output", "score"] if attributes.get("output_score") == "True" else ["output"]
          def list_arguments(self):
              return ["cls_prob", "bbox_pred", "im_info"]
          def list_outputs(self):
              return self.outputs

      mine, mine_arg, mine_aux = mx.model.load_checkpoint(sys.argv[1], 0)
      theirs, arg, aux = mx.model.load_checkpoint(sys.argv[2], 0)
      assert mine.list_arguments() == theirs.list_arguments()
      assert mine.list_outputs() == theirs.list_outputs()
      assert mine.get_internals().list_outputs() == theirs.get_internals().list_outputs()
      trained = {n[:-5] for n in arg if n.endswith("_test")}
      for name, array in arg.items():
          if name in trained or name.endswith("_test"):
              continue
          assert mine_arg[name].asnumpy().tobytes() == array.asnumpy().tobytes(), name
      for name, array in aux.items():
          assert mine_aux[name].asnumpy().tobytes() == array.asnumpy().tobytes(), name
      # One stretch of layers that MXNet needs no Python operators for.
      name = "res2a_relu_output"
      random = np.random.RandomState(1).standard_normal((1, 3, 64, 48)).astype(np.float32)
      results = []
      for symbol, args, auxs in ((mine, mine_arg, mine_aux), (theirs, arg, aux)):
          part = symbol.get_internals()[name]
          run = part.simple_bind(mx.cpu(), grad_req="null", data=random.shape)
          run.copy_params_from(args, auxs, allow_extra_params=True)
          results.append(run.forward(data=mx.nd.array(random))[0].asnumpy())
      assert results[0].tobytes() == results[1].tobytes()
      assert np.abs(results[0]).max() > 0
      print("the same")
      """, scratch.path("net"), String(source))
    #expect(result.status == 0, "\(result.output)")
  }
}
