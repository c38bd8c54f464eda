internal import ArgumentParser
internal import Bytes
internal import Graphs
internal import Tensors
internal import Toolkit

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Says in what two models differ: nodes, attributes, tensors.",
    discussion: """
      Nodes and tensors are matched by name, whatever the formats of the files: arg: and aux: before a name do not \
      count. A tensor that is the other one rounded to its type is called a cast; of others their deviation is \
      given. The exit status is 1 where anything differs.
      """)

  @Argument(help: ArgumentHelp("A model in any readable format.", valueName: "a"))
  var first: String

  @Argument(help: ArgumentHelp("Another.", valueName: "b"))
  var second: String

  @Option(
    help: ArgumentHelp(
      "The network that weights without a graph belong to: auto recognises it, none reads weights alone, or its "
        + "name.", valueName: "auto|none|name"))
  var architecture: ArchitectureChoice = .automatic

  @Flag(help: "List everything that differs, not only the first of each kind.")
  var all = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let models = try [first, second].map { try openModel(path: $0, architecture: architecture).model }
    let difference = ModelDifference(models[0], models[1], threads: Threads(common.threadCount))
    if common.json {
      Console.standardOutput.write(difference.json(paths: (first, second)).written() + "\n")
    } else {
      DifferenceText(difference, printer: Printer(.standardOutput, common), limit: all ? .max : 20).print()
    }
    if !difference.isEmpty { throw Finished(status: .parityFailure) }
  }
}
