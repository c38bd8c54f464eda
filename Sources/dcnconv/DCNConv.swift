internal import ArgumentParser

/// The command `dcnconv`; each subcommand is a file of its own.
@main
struct DCNConv: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dcnconv", abstract: "Converts and checks Deformable ConvNets.")
}
