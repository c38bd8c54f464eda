internal import Graphs

/// The nodes of a graph in their order, those that belong together by name in blocks.
///
/// A block is a run of neighbours whose names begin alike: `res4b22_…` with `bn4b22_…` and `scale4b22_…` (one stage
/// and one unit of a residual network), `/layer1/layer1.0/…` as torch's exporter writes them, `rpn_…`.
struct NodeTree {
  indirect enum Item {
    /// A place in the list of nodes.
    case node(Int)
    case block(title: String, [Item])
  }

  let items: [Item]

  /// A part of a name: what is compared, and how a block that begins with it is called.
  private struct Part {
    let key: Substring
    let title: Substring
  }

  /// Rows that are still seen at a glance; where names tell no more blocks, equal stretches are made.
  private static let maximumRows = 120
  private static let stretch = 40

  init(_ names: [String]) {
    let paths = names.map(Self.path)
    var items = Self.items(Array(names.indices)[...], paths, depth: 0)
    if items.count > Self.maximumRows {
      items = stride(from: 0, to: items.count, by: Self.stretch).map { start in
        let part = Array(items[start..<min(start + Self.stretch, items.count)])
        return .block(title: "part \(start / Self.stretch + 1)", part)
      }
    }
    self.items = items
  }

  private static func items(_ nodes: ArraySlice<Int>, _ paths: [[Part]], depth: Int) -> [Item] {
    var items: [Item] = []
    var start = nodes.startIndex
    while start < nodes.endIndex {
      guard let part = part(paths[nodes[start]], depth) else {
        items.append(.node(nodes[start]))
        start += 1
        continue
      }
      var end = start + 1
      while end < nodes.endIndex, Self.part(paths[nodes[end]], depth)?.key == part.key { end += 1 }
      if end == start + 1 {
        items.append(.node(nodes[start]))
      } else {
        let inner = Self.items(nodes[start..<end], paths, depth: depth + 1)
        // A block that holds one block alone is that block.
        if inner.count == 1 { items += inner } else { items.append(.block(title: String(part.title), inner)) }
      }
      start = end
    }
    return items
  }

  private static func part(_ path: [Part], _ depth: Int) -> Part? { depth < path.count ? path[depth] : nil }

  /// The blocks that a node's name says it is in, outermost first.
  private static func path(_ name: String) -> [Part] {
    for separator in ["/", "."] as [Character] where name.contains(separator) {
      let parts = name.split(separator: separator).dropLast().prefix(6)
      if !parts.isEmpty { return parts.map { Part(key: $0, title: $0) } }
    }
    guard let first = name.split(separator: "_").first else { return [] }
    let letters = first.prefix { $0.isLetter }
    let digits = first[letters.endIndex...].prefix { $0.isNumber }
    // `res4b22`: stage 4, unit b22, whatever stands before.
    if !letters.isEmpty, !digits.isEmpty, digits.endIndex < first.endIndex {
      return [
        Part(key: digits, title: first[..<digits.endIndex]),
        Part(key: first[digits.startIndex...], title: first),
      ]
    }
    return name.contains("_") ? [Part(key: first, title: first)] : []
  }
}
