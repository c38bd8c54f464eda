import Foundation
import TestSupport

/// The built program, run as a person runs it.
struct Command {
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Beside the test bundle, where the build puts it.
  private static let binary = URL(fileURLWithPath: CommandLine.arguments[0])
    .deletingLastPathComponent().appending(path: "dcnconv")

  static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Result {
    try run(binary, arguments, environment: environment)
  }

  static func run(_ arguments: [String]) throws -> Result { try run(binary, arguments) }

  /// The example of the README.
  static func runExample(_ arguments: String...) throws -> Result {
    try run(binary.deletingLastPathComponent().appending(path: "ReadmeExample"), arguments)
  }

  private static func run(
    _ program: URL, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Result {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // Neither stream of these commands outgrows a pipe's buffer while the other is read.
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let fault = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Result(status: process.terminationStatus, output: text, errors: fault)
  }

  static let checkpoint = Repository.fixtures.appending(path: "networks/rfcn_dcn_coco-0000.params").path
  static let trace = Repository.fixtures.appending(path: "networks/rfcn_dcn_coco-trace.npz").path
}
