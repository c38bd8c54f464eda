internal import Bytes
internal import Graphs
internal import Operators
internal import OrderedCollections
package import Tensors

/// An inspection as a page that people read: the graph with its blocks folded, operators, tensors with histograms.
package struct InspectionPage: Sendable {
  /// A tensor with what is only known after reading it whole.
  package struct TensorRow: Sendable {
    let name: String
    let tensor: Tensor
    let digest: Digest
    /// Nil where the elements are no numbers.
    let statistics: TensorStatistics?
    let histogram: ValueHistogram?

    /// - Complexity: three passes over the elements.
    package init(name: String, tensor: Tensor) {
      self.name = name
      self.tensor = tensor
      digest = Digest(of: tensor.bytes)
      statistics = tensor.elementType.isOpaque ? nil : TensorStatistics(tensor)
      histogram = statistics.flatMap { ValueHistogram(tensor, $0, bins: 32) }
    }
  }

  let inspection: Inspection
  private let path: String
  private let notes: [String]
  let tensors: [TensorRow]
  private let version: String

  /// - Parameters:
  ///   - path: the model's, as it was given.
  ///   - notes: how it was understood.
  ///   - version: the program's own.
  package init(
    _ inspection: Inspection, path: String, notes: [String], tensors: [TensorRow], version: String
  ) {
    self.inspection = inspection
    self.path = path
    self.notes = notes
    self.tensors = tensors
    self.version = version
  }

  /// The whole document; the same model is the same bytes.
  package var written: String {
    var sections: [Page.Section] = []
    if !inspection.nodes.isEmpty { sections += [GraphDrawing(inspection).section, operators] }
    if !tensors.isEmpty { sections.append(tensorTable) }
    sections.append(source)
    return Page(
      kind: "Model", subject: subject, opening: opening, sections: sections,
      colophon: "Written by dcnconv \(version).", style: PackageResources.inspection_css,
      script: PackageResources.inspection_js
    ).written
  }

  private var subject: String { path.split(separator: "/").last.map(String.init) ?? "model" }

  private var deformable: [Inspection.NodeEntry] {
    inspection.nodes.filter { $0.node.operation.name.hasPrefix("Deformable") }
  }

  private var opening: HTML {
    let bytes = inspection.tensors.reduce(0) { $0 + $1.tensor.byteCount }
    let figures: [(String, String)] =
      [
        ("parameters", HTML.grouped(inspection.parameterCount)), ("tensors", HTML.grouped(tensors.count)),
        ("of weights", HTML.byteText(bytes)), ("operators", HTML.grouped(inspection.nodes.count)),
      ] + (deformable.isEmpty ? [] : [("deformable layers", "\(deformable.count)")])
    return """
      <div class="hero"><h1>\(subject)</h1>
      \(notes.map { "<p class=\"sentence\">\($0)</p>" as HTML })
      <dl class="figures">\(figures.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" as HTML })</dl></div>
      """
  }

  private var operators: Page.Section {
    let most = inspection.operatorCounts.first?.count ?? 1
    let rows = inspection.operatorCounts.map { name, count -> HTML in
      let isDeformable = name.hasPrefix("Deformable")
      return """
        <tr\(isDeformable ? " class=\"deformable\"" as HTML : "")><th scope="row">\(name)</th>\
        <td class="num" data-v="\(count)">\(count)</td><td class="share" aria-hidden="true">\
        <span style="width:\(100 * Double(count) / Double(most))%"></span></td></tr>
        """
    }
    return Page.Section(
      id: "operators", title: "Operators",
      body: """
        <div class="scroller narrow"><table data-sorts><thead><tr><th scope="col"><button type="button">operator\
        </button></th><th scope="col" class="num" data-first="descending" aria-sort="descending">\
        <button type="button">nodes</button></th><th aria-hidden="true"></th></tr></thead>
        <tbody>\(rows)</tbody></table></div>
        \(dialects)
        """)
  }

  /// The deformable layers with what another framework may do otherwise.
  private var dialects: HTML {
    guard !deformable.isEmpty else { return "" }
    let rows = deformable.map { entry -> HTML in
      let attributes = entry.node.operation.attributes.map { "\($0.key) \(HTML.written($0.value))" }
      return """
        <tr><th scope="row" class="name"><a href="#n\(entry.index)">\(entry.node.name)</a></th>\
        <td>\(entry.node.operation.name)</td><td>\(entry.outputs.first.map { "\($0.type.shape)" } ?? "")</td>\
        <td class="say">\(attributes.joined(separator: " · "))</td></tr>
        """
    }
    return """
      <h3 class="apart">Deformable layers and their dialects</h3>
      <div class="scroller" tabindex="0" role="region" aria-label="Deformable layers"><table><thead><tr>\
      <th scope="col">layer</th><th scope="col">operator</th><th scope="col">output</th>\
      <th scope="col">attributes and dialect</th></tr></thead><tbody>\(rows)</tbody></table></div>
      """
  }

  private var source: Page.Section {
    let model = inspection.model
    var facts: [(String, HTML)] = [("File", "\(path)")]
    if let framework = model.provenance.framework { facts.append(("Framework", "\(framework)")) }
    for source in model.provenance.sources {
      facts.append(
        (
          "Source",
          "\(source.name), \(source.format), \(HTML.byteText(source.byteCount))<br><code>sha256 \(source.sha256)</code>"
        ))
    }
    func list(_ values: [Inspection.ValueEntry]) -> HTML {
      let shown = values.prefix(24).map {
        "<span class=\"name\">\($0.name)</span> \($0.type.shape.description)" as HTML
      }
      let rest: [HTML] = values.count > 24 ? ["and \(values.count - 24) more"] : []
      return HTML.joined(shown + rest, separator: "<br>")
    }
    if !inspection.inputs.isEmpty { facts.append(("Inputs", list(inspection.inputs))) }
    if !inspection.outputs.isEmpty { facts.append(("Outputs", list(inspection.outputs))) }
    if !inspection.unknownNodes.isEmpty {
      facts.append(("Unknown operators", "\(inspection.unknownOperatorNames.joined(separator: ", "))"))
    }
    for replacement in model.provenance.replacements.prefix(24) {
      facts.append(("Replaced", "\(replacement.tensor) by \(replacement.by) (\(replacement.rule))"))
    }
    return Page.Section(
      id: "source", title: "Where it comes from",
      body: "<dl class=\"facts\">\(facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" as HTML })</dl>")
  }
}
