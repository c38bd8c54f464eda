internal import ArgumentParser
internal import Bytes
internal import Foundation

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Runs the benchmarks: the program dcnbench, which stands beside this one.",
    discussion: "Arguments go to dcnbench as they are; `dcnconv bench --help` shows its own help.",
    helpNames: [])

  @Argument(parsing: .allUnrecognized)
  var arguments: [String] = []

  func run() throws {
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let program = own.deletingLastPathComponent().appending(path: "dcnbench")
    guard FileManager.default.isExecutableFile(atPath: program.path) else {
      throw ByteError(.system(call: "open", code: ENOENT), file: program.path)
    }
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    switch process.terminationStatus {
    case EXIT_SUCCESS: return
    // What swift-argument-parser ends a program with.
    case EX_USAGE: throw Finished(status: .usage)
    case let status: throw Finished(status: ExitStatus(rawValue: status) ?? .environment)
    }
  }
}
