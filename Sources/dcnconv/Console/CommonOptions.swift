internal import ArgumentParser
internal import Foundation

/// What every command takes.
struct CommonOptions: ParsableArguments {
  enum Color: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
  }

  @Flag(help: "Print the result as JSON on standard output, and nothing else there.")
  var json = false

  @Option(help: ArgumentHelp("Use at most this many threads.", valueName: "n"))
  var threads: Int?

  @Flag(name: .shortAndLong, help: "Print neither progress nor warnings.")
  var quiet = false

  @Option(help: ArgumentHelp("Colour what people read: auto, always or never.", valueName: "when"))
  var color: Color = .auto

  func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("--threads takes a whole number from 1, not \(threads)")
    }
  }

  /// Threads to use: as asked for, else one for each processor.
  var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }
}
