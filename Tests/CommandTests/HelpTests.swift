import Foundation
import TestSupport
import Testing

@Suite("Help")
struct HelpTests {
  /// Snapshots of what people read; a change of wording shows in the change that makes it.
  @Test(
    "the help of every command is the recorded one",
    arguments: [
      "", "import", "inspect", "verify", "run", "record", "dialect", "probe", "diff", "lint", "export",
    ])
  func snapshot(command: String) throws {
    let arguments = command.isEmpty ? ["--help"] : ["help", command]
    let result =
      arguments.count == 1 ? try Command.run(arguments[0]) : try Command.run(arguments[0], arguments[1])
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
    let name = command.isEmpty ? "dcnconv" : command
    let file = Repository.fixtures.appending(path: "help/\(name).txt")
    if ProcessInfo.processInfo.environment["DCNCONV_RECORD"] == "1" {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try result.output.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(result.output == (try String(contentsOf: file, encoding: .utf8)))
  }

  @Test("the version is one line")
  func version() throws {
    let result = try Command.run("--version")
    #expect(result.status == 0)
    #expect(result.output == "dcnconv 0.1.0\n")
  }

  @Test("the verbose version says which kernels run, and a lower instruction set can be chosen")
  func verboseVersion() throws {
    let result = try Command.run("--version", "--verbose", environment: ["DCNCONV_ISA": "baseline"])
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("dcnconv 0.1.0\nkernels: "))
    #expect(result.output.contains("(baseline); this machine runs baseline"))
    let widest = try Command.run("--version", "--verbose", environment: ["DCNCONV_ISA": ""])
    let sets = widest.output.split(separator: ";")[1].split(separator: " ").last ?? ""
    #expect(widest.output.contains("(\(sets))"))
  }

  @Test("an instruction set that there is not is refused by name, before anything is done")
  func unknownInstructionSet() throws {
    for word in ["avx3", "3", "-1", "AVX 512"] {
      let result = try Command.run("--version", "--verbose", environment: ["DCNCONV_ISA": word])
      #expect(result.status == 2)
      #expect(result.output.isEmpty)
      #expect(
        result.errors
          == "dcnconv: error: the environment variable DCNCONV_ISA is '\(word)', expected one of baseline, avx2,"
          + " avx512; without it the widest set that the processor has is used\n")
    }
    for word in ["AVX2", "1"] {
      let result = try Command.run("--version", "--verbose", environment: ["DCNCONV_ISA": word])
      #expect(result.status == 0)
      #expect(result.errors.isEmpty)
    }
  }
}
