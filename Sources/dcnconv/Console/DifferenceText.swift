internal import Bytes
internal import Graphs
internal import Tensors
internal import Toolkit
internal import Verification

/// The difference of two models as people read it: `-` is the first's alone, `+` the second's.
struct DifferenceText {
  private let difference: ModelDifference
  private let printer: Printer
  /// How many entries of a kind are shown.
  private let limit: Int

  init(_ difference: ModelDifference, printer: Printer, limit: Int) {
    self.difference = difference
    self.printer = printer
    self.limit = limit
  }

  func print() {
    if let side = difference.lacksGraph {
      printer.print("graph: \(side == .first ? "the first" : "the second") model has none")
    }
    if let graph = difference.graph { print(graph) }
    print(difference.tensors)
    if difference.isEmpty { printer.print(printer.styled("the same", .green)) }
  }

  private func print(_ graph: GraphDifference) {
    printer.print(
      "graph: \(grouped(graph.sameCount)) nodes are the same, \(grouped(graph.changed.count)) changed, "
        + "\(grouped(graph.removed.count)) removed, \(grouped(graph.added.count)) added")
    show(graph.removed, "-", .red) { "\($0.name)  \($0.operation.name)" }
    show(graph.added, "+", .green) { "\($0.name)  \($0.operation.name)" }
    show(graph.changed, "~", .yellow, text)
    if let inputs = graph.inputs { printer.print("  inputs: " + text(inputs) { list($0) }) }
    if let outputs = graph.outputs { printer.print("  outputs: " + text(outputs) { list($0) }) }
  }

  private func print(_ tensors: TensorsDifference) {
    let casts = tensors.changed.filter { if case .cast = $0.kind { true } else { false } }
    let others = tensors.changed.filter { if case .cast = $0.kind { false } else { true } }
    printer.print(
      "tensors: \(grouped(tensors.sameCount)) are the same, \(grouped(casts.count)) the same after a cast, "
        + "\(grouped(others.count)) changed, \(grouped(tensors.renamed.count)) renamed, "
        + "\(grouped(tensors.removed.count)) removed, \(grouped(tensors.added.count)) added")
    show(tensors.removed, "-", .red) { $0 }
    show(tensors.added, "+", .green) { $0 }
    show(tensors.renamed, "~", .yellow) { "\($0.first) is called \($0.second)" }
    show(casts, "~", .yellow, text)
    show(others, "~", .yellow, text)
  }

  private func show<Entry>(
    _ entries: [Entry], _ sign: String, _ style: Style, _ text: (Entry) -> String
  ) {
    for entry in entries.prefix(limit) {
      printer.print(printer.styled("  \(sign) " + text(entry).escapedForDisplay, style))
    }
    if entries.count > limit {
      printer.print("  … \(grouped(entries.count - limit)) more (--all shows them)")
    }
  }

  private func text(_ change: GraphDifference.NodeChange) -> String {
    var parts: [String] = []
    if let operation = change.operation { parts.append("operator " + text(operation) { $0 }) }
    for (name, values) in change.attributes {
      parts.append("\(name) " + text(values) { $0.map { "\($0)" } ?? "absent" })
    }
    if let inputs = change.inputs {
      parts.append("inputs " + text(inputs) { list($0.map { $0 ?? "-" }) })
    }
    return change.name + "  " + parts.joined(separator: "; ")
  }

  private func text<Content>(
    _ change: GraphDifference.Change<Content>, _ content: (Content) -> String
  ) -> String {
    "\(content(change.first)) → \(content(change.second))"
  }

  private func list(_ names: [String]) -> String {
    let shown = names.prefix(8).joined(separator: ", ")
    return "[" + (names.count > 8 ? shown + ", … \(names.count - 8) more" : shown) + "]"
  }

  private func text(_ change: TensorChange) -> String {
    let types =
      change.types.first == change.types.second
      ? change.types.first.rawValue : "\(change.types.first.rawValue) → \(change.types.second.rawValue)"
    switch change.kind {
    case .cast: return "\(change.name)  \(types)"
    case .shape: return "\(change.name)  \(types), shape \(change.shapes.first) → \(change.shapes.second)"
    case .bits: return "\(change.name)  \(types), other bits"
    case .values(let deviation):
      let relative = deviation.relative.map { ", relative \(ReportText.significant($0, 3))" } ?? ""
      return
        "\(change.name)  \(types), \(grouped(deviation.count)) of \(grouped(change.shapes.first.count)) elements: "
        + "largest difference \(ReportText.significant(deviation.maximum, 3)) at \(deviation.position) "
        + "(\(text(deviation.first, change.types.first)) → \(text(deviation.second, change.types.second))), mean \(ReportText.significant(deviation.mean, 3))\(relative)"
    }
  }

  /// The shortest text that gives the number back in its own type.
  private func text(_ value: Double, _ type: ElementType) -> String {
    type == .float64 ? "\(value)" : "\(Float(value))"
  }
}
