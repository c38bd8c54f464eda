internal import ArgumentParser
internal import Bytes
internal import Formats
internal import Toolkit

/// How a model is read: what goes with every MODEL argument.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The symbol JSON of an MXNet checkpoint; without, prefix-symbol.json beside prefix-0000.params.",
      valueName: "file"))
  var symbol: String?

  @Option(
    help: ArgumentHelp(
      "The network that weights belong to: auto recognises it, none reads weights alone, or its name.",
      valueName: "auto|none|name"))
  var architecture: ArchitectureChoice = .automatic

  /// Whether any of them stands on the command line.
  var isGiven: Bool { symbol != nil || architecture != .automatic }

  var reading: ModelReading { ModelReading(symbol: symbol, architecture: architecture) }

  /// - Throws: the format's error, or `ToolkitError` where the architecture does not fit.
  func open(_ path: String) throws -> OpenedModel { try reading.open(path) }
}

/// How a model is read, from the command line or from a manifest.
struct ModelReading {
  var symbol: String?
  var architecture: ArchitectureChoice = .automatic

  /// - Throws: the format's error, or `ToolkitError` where the architecture does not fit.
  func open(_ path: String) throws -> OpenedModel {
    try openModel(path: path, ReadRequest(symbolPath: symbol), architecture: architecture)
  }
}

extension ArchitectureChoice: ExpressibleByArgument {
  init(argument: String) {
    switch argument {
    case "auto": self = .automatic
    case "none": self = .none
    default: self = .named(argument)
    }
  }
}
