internal import Bytes
internal import Graphs
internal import OrderedCollections
internal import Tensors
internal import Toolkit

/// An inspection as people read it.
struct InspectionText {
  private let inspection: Inspection
  private let path: String
  private let printer: Printer

  init(_ inspection: Inspection, path: String, printer: Printer) {
    self.inspection = inspection
    self.path = path
    self.printer = printer
  }

  private func fact(_ title: String, _ text: String) {
    let padded = title + String(repeating: " ", count: max(0, 12 - title.count))
    printer.print("  " + printer.styled(padded, .dim) + text.escapedForDisplay)
  }

  func printSummary(_ notes: [String]) {
    let model = inspection.model
    printer.print(printer.styled(path.escapedForDisplay, .bold))
    for note in notes { fact("network", note) }
    for source in model.provenance.sources {
      // Asked for once: it reads the whole file.
      let digest = source.sha256
      let tail = digest.isEmpty ? "" : ", sha256 \(digest)"
      fact("source", "\(source.name), \(source.format), \(byteText(source.byteCount))\(tail)")
    }
    if let framework = model.provenance.framework { fact("framework", framework) }
    for replacement in model.provenance.replacements {
      fact("replaced", "\(replacement.tensor) by \(replacement.by) (\(replacement.rule))")
    }
    printSizes()
    if !inspection.inputs.isEmpty { fact("inputs", list(inspection.inputs)) }
    if !inspection.outputs.isEmpty { fact("outputs", list(inspection.outputs)) }
    let counts = inspection.operatorCounts.map { "\($0.count) \($0.name)" }
    if !counts.isEmpty {
      fact("operators", "\(grouped(inspection.nodes.count)): " + counts.joined(separator: ", "))
    }
    if !inspection.unknownNodes.isEmpty {
      fact("unknown", inspection.unknownOperatorNames.joined(separator: ", ") + " (kept, but cannot be run)")
    }
    if !inspection.deferredOperatorNames.isEmpty {
      let names = inspection.deferredOperatorNames.joined(separator: ", ")
      fact("open", names + " (decided by the inputs' shapes: --shape gives them)")
    }
    printDeformable()
  }

  private func printSizes() {
    let tensors = inspection.tensors.map(\.tensor)
    let bytes = tensors.reduce(0) { $0 + $1.byteCount }
    var types: [String: Int] = [:]
    for tensor in tensors { types[tensor.elementType.rawValue, default: 0] += 1 }
    let names = types.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
    fact("parameters", grouped(inspection.parameterCount))
    if !tensors.isEmpty {
      fact("tensors", "\(tensors.count), \(byteText(bytes)) (\(names.joined(separator: ", ")))")
    }
  }

  private func list(_ values: [Inspection.ValueEntry]) -> String {
    // A symbol alone has every weight as an input: --json lists them all.
    let shown = values.prefix(8).map { "\($0.name) \($0.type.shape)" }.joined(separator: "; ")
    return values.count > 8 ? shown + "; … \(values.count - 8) more" : shown
  }

  /// One line for each deformable layer, with what another framework may do otherwise.
  private func printDeformable() {
    let layers = inspection.nodes.filter { $0.node.operation.name.hasPrefix("Deformable") }
    guard !layers.isEmpty else { return }
    printer.print("  " + printer.styled("deformable layers", .dim))
    var table = TextTable([
      ("layer", .left), ("operator", .left), ("output", .left), ("attributes and dialect", .left),
    ])
    for entry in layers {
      table.add([
        entry.node.name, entry.node.operation.name, entry.outputs.first.map { "\($0.type.shape)" } ?? "",
        attributeText(entry.node.operation.attributes),
      ])
    }
    for line in table.lines { printer.print("    " + line) }
  }

  private func attributeText(_ attributes: Attributes) -> String {
    attributes.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
  }

  func printNodes() {
    var table = TextTable([
      ("#", .right), ("node", .left), ("operator", .left), ("outputs", .left), ("inputs", .left),
      ("attributes", .left),
    ])
    for entry in inspection.nodes {
      table.add([
        "\(entry.index)", entry.node.name, entry.node.operation.name,
        entry.outputs.map { "\($0.name) \($0.type.shape)" }.joined(separator: "; "),
        entry.inputs.map { $0 ?? "-" }.joined(separator: ", "),
        attributeText(entry.node.operation.attributes),
      ])
    }
    printer.print()
    for line in table.lines { printer.print(line) }
  }

  func printTensors(_ details: [TensorDetail]) {
    let withStatistics = details.contains { $0.statistics != nil }
    var columns: [(title: String, alignment: TextTable.Alignment)] = [
      ("tensor", .left), ("dtype", .left), ("shape", .left), ("bytes", .right),
    ]
    columns +=
      withStatistics
      ? [
        ("min", .right), ("max", .right), ("mean", .right), ("std", .right), ("zeros", .right),
        ("NaN", .right),
        ("Inf", .right),
      ] : [("sha256", .left)]
    var table = TextTable(columns)
    for detail in details {
      var row = [
        detail.name, detail.tensor.elementType.rawValue, "\(detail.tensor.shape)",
        grouped(detail.tensor.byteCount),
      ]
      row += withStatistics ? statisticCells(detail.statistics) : ["\(detail.digest)"]
      table.add(row)
    }
    printer.print()
    for line in table.lines { printer.print(line) }
  }

  private func statisticCells(_ statistics: TensorStatistics?) -> [String] {
    guard let statistics else { return Array(repeating: "-", count: 7) }
    func cell(_ value: Double?) -> String { value.map { "\(Float($0))" } ?? "-" }
    return [
      cell(statistics.minimum), cell(statistics.maximum), cell(statistics.mean),
      cell(statistics.standardDeviation), grouped(statistics.zeros), grouped(statistics.nans),
      grouped(statistics.infinities),
    ]
  }
}
