internal import ArgumentParser
internal import Bytes
internal import Graphs
internal import Operators
internal import Tensors
internal import Toolkit

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Shows what a model is made of: network, operators, tensors, dialects.")

  @Argument(help: ArgumentHelp("A model in any readable format.", valueName: "model"))
  var model: String

  @OptionGroup var source: ModelOptions

  @Flag(help: "List every node with its attributes and shapes.")
  var nodes = false

  @Flag(help: "List every tensor with its type, shape, bytes and SHA-256.")
  var tensors = false

  @Flag(help: "Add minimum, maximum, mean, deviation, zeros, NaNs and infinities of each tensor.")
  var stats = false

  @Option(
    name: .customLong("shape"),
    help: ArgumentHelp(
      "The shape of an input, such as data=1,3,600,1000; shapes of values follow from it. May be repeated.",
      valueName: "name=dims"))
  var shapes: [InputShape] = []

  @Option(
    help: ArgumentHelp(
      "Write the graph, the operators and every tensor with its histogram as a page to read, in one file.",
      valueName: "file"))
  var html: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let opened = try source.open(model)
    let inferred = try opened.inferred(shapes: shapes.map { ($0.name, $0.shape) })
    let inspection = Inspection(inferred.model, types: inferred.types)
    if let html { try writePage(inspection, opened.notes, to: html) }
    let details = (tensors || stats) ? tensorDetails(inspection) : nil
    if common.json {
      Console.standardOutput.write(
        inspection.json(tensors: details.map { $0.map(\.json) }, withNodes: nodes).written() + "\n")
      return
    }
    let printer = Printer(.standardOutput, common)
    InspectionText(inspection, path: model, printer: printer).printSummary(opened.notes)
    if nodes { InspectionText(inspection, path: model, printer: printer).printNodes() }
    if let details { InspectionText(inspection, path: model, printer: printer).printTensors(details) }
  }

  private func writePage(_ inspection: Inspection, _ notes: [String], to path: String) throws {
    let bar = ProgressBar("reading", common)
    defer { bar.finish() }
    let entries = inspection.tensors
    let tensors = Threads(common.threadCount).map(entries.count) { index in
      InspectionPage.TensorRow(name: entries[index].name, tensor: entries[index].tensor)
    }
    let page = InspectionPage(
      inspection, path: model, notes: notes, tensors: tensors, version: DCNConv.version)
    try writeText(page.written, to: path)
  }

  private func tensorDetails(_ inspection: Inspection) -> [TensorDetail] {
    let entries = inspection.tensors
    let bar = ProgressBar("hashing", common)
    defer { bar.finish() }
    let threads = Threads(common.threadCount)
    let digests = Hashing.digests(of: entries.map(\.tensor), on: threads) { bar.update(done: $0, total: $1) }
    return threads.map(entries.count) { index in
      let tensor = entries[index].tensor
      return TensorDetail(
        name: entries[index].name, tensor: tensor, digest: digests[index],
        statistics: stats && !tensor.elementType.isOpaque ? TensorStatistics(tensor) : nil)
    }
  }
}

/// A tensor with what is only known after reading it whole.
struct TensorDetail: Sendable {
  let name: String
  let tensor: Tensor
  let digest: Digest
  let statistics: TensorStatistics?

  var json: JSONValue {
    var object: JSONObject = [
      "name": .text(name), "dtype": .text(tensor.elementType.rawValue),
      "shape": .list(tensor.shape.dimensions.map { .integer($0) }), "bytes": .integer(tensor.byteCount),
      "sha256": .text("\(digest)"),
    ]
    if let statistics { object["stats"] = statistics.json }
    return .object(object)
  }
}

/// `name=1,3,600,1000` on the command line; `?` leaves a dimension unknown.
struct InputShape: ExpressibleByArgument {
  let name: String
  let shape: PartialShape

  init?(argument: String) {
    guard let equals = argument.lastIndex(of: "="), equals > argument.startIndex else { return nil }
    var dimensions: [Int?] = []
    let list = argument[argument.index(after: equals)...]
    for part in list.isEmpty ? [] : list.split(separator: ",", omittingEmptySubsequences: false) {
      if part == "?" {
        dimensions.append(nil)
      } else if let number = Int(part), number >= 0 {
        dimensions.append(number)
      } else {
        return nil
      }
    }
    name = String(argument[..<equals])
    shape = PartialShape(dimensions)
  }
}
