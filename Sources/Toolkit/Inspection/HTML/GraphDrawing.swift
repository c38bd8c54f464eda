internal import Graphs
internal import Operators
internal import OrderedCollections

/// A graph drawn as rows in its order, blocks folded; the page's script draws the values' ways beside them.
struct GraphDrawing {
  private let inspection: Inspection
  /// Which node computes a value, by the place of the node; values' names are unique among traces.
  private let producers: [String: Int]
  private let outputs: Set<String>

  init(_ inspection: Inspection) {
    self.inspection = inspection
    var producers: [String: Int] = [:]
    for (place, entry) in inspection.nodes.enumerated() {
      for output in entry.outputs { producers[output.name] = place }
    }
    self.producers = producers
    outputs = Set(inspection.outputs.map(\.name))
  }

  var section: Page.Section {
    let names = inspection.nodes.map { $0.node.name.isEmpty ? $0.outputs.first?.name ?? "" : $0.node.name }
    let tree = NodeTree(names)
    return Page.Section(
      id: "graph", title: "Graph",
      lead:
        "From the inputs down. Blocks unfold, and so do operators, with their attributes and what they take; the "
        + "lines on the left are the values on their way from one to the next.",
      body: """
        <form class="tools" data-graph-tools role="search" hidden>
        <label>Find <input type="search" autocomplete="off" spellcheck="false"></label>
        <button type="button" data-fold="open">Unfold all</button>
        <button type="button" data-fold="shut">Fold all</button>
        <button type="button" data-fold="deformable">Show deformable layers</button>
        <output aria-live="polite"></output></form>
        <div class="graph" data-graph><svg aria-hidden="true" class="wires"></svg>
        <ol>\(inspection.inputs.prefix(Self.shownInputs).map(input))\(tree.items.map(item))</ol></div>
        """)
  }

  /// A symbol without weights has every one of them as an input.
  private static let shownInputs = 12

  private func input(_ value: Inspection.ValueEntry) -> HTML {
    """
    <li class="row input" data-value="\(value.name)"><span class="line"><span class="name">\(value.name)</span>\
    <span class="op">input</span><span class="shape">\(Self.written(value.type.shape))</span></span></li>

    """
  }

  private func item(_ item: NodeTree.Item) -> HTML {
    switch item {
    case .node(let place): node(place)
    case .block(let title, let items): block(title, items)
    }
  }

  private func block(_ title: String, _ items: [NodeTree.Item]) -> HTML {
    let places = items.flatMap(Self.places)
    let entries = places.map { inspection.nodes[$0] }
    let deformable = entries.count { $0.node.operation.name.hasPrefix("Deformable") }
    let last = entries.last?.outputs.first.map { Self.written($0.type.shape) } ?? ""
    let mark: HTML =
      deformable == 0
      ? "" : "<span class=\"mark\">\(deformable == 1 ? "" : "\(deformable) ")deformable</span>"
    return """
      <li class="block"><details><summary class="line"><span class="title">\(title)</span>\
      <span class="op">\(entries.count) operators</span>\(mark)<span class="shape">\(last)</span></summary>
      <ol>\(items.map(item))</ol></details></li>

      """
  }

  private static func places(_ item: NodeTree.Item) -> [Int] {
    switch item {
    case .node(let place): [place]
    case .block(_, let items): items.flatMap(places)
    }
  }

  private func node(_ place: Int) -> HTML {
    let entry = inspection.nodes[place]
    let name = entry.node.name.isEmpty ? entry.outputs.first?.name ?? "" : entry.node.name
    let isDeformable = entry.node.operation.name.hasPrefix("Deformable")
    let isOutput = entry.outputs.contains { outputs.contains($0.name) }
    // Where its values come from: places of nodes, and names of the graph's inputs.
    let sources = Set(entry.inputs.compactMap { $0.flatMap { producers[$0] } }).sorted()
    let marks: HTML = """
      \(isDeformable ? "<span class=\"mark\">deformable</span>" as HTML : "")\
      \(isOutput ? "<span class=\"mark out\">output</span>" as HTML : "")
      """
    return """
      <li class="row\(isDeformable ? " deformable" as HTML : "")" id="n\(entry.index)" data-place="\(place)" \
      data-from="\(sources.map(String.init).joined(separator: " "))"><details><summary class="line">\
      <span class="name">\(name)</span><span class="op">\(entry.node.operation.name)</span>\(marks)\
      <span class="shape">\(entry.outputs.first.map { Self.written($0.type.shape) } ?? "")</span></summary>
      \(facts(entry))</details></li>

      """
  }

  private func facts(_ entry: Inspection.NodeEntry) -> HTML {
    var facts: [(String, HTML)] = entry.node.operation.attributes.map {
      ($0.key, "\(HTML.written($0.value))")
    }
    let taken = entry.inputs.map { name -> HTML in
      guard let name else { return "<span class=\"quiet\">left out</span>" }
      guard let place = producers[name] else {
        return "<span class=\"name\" data-taken=\"\(name)\">\(name)</span>"
      }
      return "<a class=\"name\" href=\"#n\(inspection.nodes[place].index)\">\(name)</a>"
    }
    facts.append(("takes", HTML.joined(taken, separator: ", ")))
    let given = entry.outputs.map { "<span class=\"name\">\($0.name)</span> \($0.type.description)" as HTML }
    facts.append(("gives", HTML.joined(given, separator: ", ")))
    if let source = entry.node.source, source.op != entry.node.operation.name {
      facts.append(("in its file", "\(source.op)"))
    }
    return "<dl class=\"facts\">\(facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" as HTML })</dl>"
  }

  private static func written(_ shape: PartialShape) -> String {
    guard let dimensions = shape.dimensions else { return "" }
    return dimensions.map { $0.map(String.init) ?? "?" }.joined(separator: " × ")
  }
}
