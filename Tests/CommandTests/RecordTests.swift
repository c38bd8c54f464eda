import Bytes
import Foundation
import TestSupport
import Testing

@Suite("The command record")
struct RecordTests {
  private static func python(_ arguments: [String]) throws -> (status: Int32, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  @Test(
    "the programs are those of Fixtures/record", arguments: ["mxnet", "onnxruntime", "openvino", "torch"])
  func saved(framework: String) throws {
    let scratch = try Scratch()
    let folder = scratch.path("programs")
    let result = try Command.run("record", "--framework", framework, "--save", folder)
    #expect(result.status == 0, "\(result.errors)")
    for name in ["dcnconv_trace.py", "record_\(framework).py"] {
      let written = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
      #expect(try written == Data(contentsOf: Repository.fixtures.appending(path: "record/\(name)")))
    }
  }

  /// The module that all recorders share needs numpy alone, which the tests' set-up has.
  @Test("a trace that a recorder writes is read here, strange names and all")
  func written() throws {
    let scratch = try Scratch()
    let program = """
      import sys
      sys.path.insert(0, \(Repository.fixtures.appending(path: "record").path.debugDescription))
      import numpy as np
      import dcnconv_trace as trace
      recorded = np.load(\(Command.trace.debugDescription))
      with trace.Trace(sys.argv[1], framework="mxnet", precision="fp32", flushToZero=False) as file:
          file.input("data", recorded["inputs/data"])
          file.activation("conv1_output", recorded["activations/conv1_output"])
          file.activation("a/b%c\\n", np.zeros((), np.float64))
      try:
          with trace.Trace(sys.argv[2]) as file:
              file.input("data", np.zeros(3))
              raise KeyError()
      except KeyError:
          pass
      """
    let result = try Self.python(["-c", program, scratch.path("t.npz"), scratch.path("broken.npz")])
    #expect(result.status == 0, "\(result.errors)")
    // A recording that failed leaves nothing.
    #expect(try scratch.names == ["t.npz"])
    let verified = try Command.run(
      "verify", Command.checkpoint, "--trace", scratch.path("t.npz"), "--layers", "conv1_output", "--json")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    let document = try JSONValue(parsing: Array(verified.output.utf8).span.bytes, file: "standard output")
    #expect(document["coverage"]?["judged"]?.integerValue == 1)
    #expect(try Self.python(["-m", "zipfile", "-t", scratch.path("t.npz")]).status == 0)
  }

  @Test("a framework that is not there is the environment's fault, and its installation is named")
  func absent() throws {
    let result = try Command.run(
      "verify", Command.checkpoint, "--with", "mxnet", "--python", "no-such-python", "--random-inputs", "1")
    #expect(result.status == 4)
    #expect(result.errors.contains("pip install mxnet==1.9.1"))
  }

  @Test("what a framework cannot be given is refused")
  func refused() throws {
    let scratch = try Scratch()
    let trace = scratch.path("t.npz")
    #expect(
      try Command.run("record", Command.checkpoint, "--framework", "onnxruntime", "-o", trace).status == 2)
    #expect(try Command.run("record", Command.checkpoint, "--framework", "torch", "-o", trace).status == 2)
    #expect(try Command.run("record", "--framework", "mxnet").status == 2)
    #expect(try Command.run("verify", Command.checkpoint, "--with", "mxnet", "--trace", trace).status == 2)
  }
}
