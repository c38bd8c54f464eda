internal import Yams

extension ParityManifest {
  /// Reads a manifest: a mapping with `models`, a list of mappings.
  ///
  /// - Parameters:
  ///   - file: the manifest's path, for errors.
  ///   - folder: what paths in it are relative to.
  /// - Throws: `VerificationError` with line and column where it is no YAML, or says what nobody knows.
  package init(parsing text: String, file: String, folder: String) throws(VerificationError) {
    let root: Node?
    do { root = try Yams.compose(yaml: text) } catch {
      throw VerificationError(file: file, "is no YAML: \(error)")
    }
    guard let root else { throw VerificationError(file: file, "is empty, expected a list of models") }
    let reader = ManifestReader(file: file, folder: folder)
    let members = try reader.members(of: root, known: ["models"])
    guard let models = members["models"]?.sequence, !models.isEmpty else {
      throw reader.fail(root, "has no list 'models' with an entry in it")
    }
    var entries: [Entry] = []
    for model in models { entries.append(try reader.entry(model)) }
    self.entries = entries
  }
}

/// Takes values out of YAML nodes, and refuses what is not what it should be.
private struct ManifestReader {
  let file: String
  let folder: String

  private static let keys = [
    "model", "sha256", "symbol", "architecture", "source", "traces", "layers", "precision", "rtol", "atol",
    "require-coverage", "max-ill-conditioned",
  ]

  func fail(_ node: Node, _ explanation: String) -> VerificationError {
    let place = node.mark.map { "line \($0.line), column \($0.column): " } ?? ""
    return VerificationError(file: file, place + explanation)
  }

  /// - Throws: where the node is no mapping, or has another key.
  func members(of node: Node, known: [String]) throws(VerificationError) -> [String: Node] {
    guard let mapping = node.mapping else { throw fail(node, "found no mapping, expected \(known)") }
    var members: [String: Node] = [:]
    for (key, value) in mapping {
      guard let name = key.string, known.contains(name) else {
        throw fail(key, "found '\(key.string ?? "a key that is no text")', expected one of \(known)")
      }
      guard members.updateValue(value, forKey: name) == nil else {
        throw fail(key, "'\(name)' is there twice")
      }
    }
    return members
  }

  func entry(_ node: Node) throws(VerificationError) -> ParityManifest.Entry {
    let members = try members(of: node, known: Self.keys)
    guard let model = try path("model", members) else { throw fail(node, "has no 'model'") }
    var traces: [String] = []
    if let list = members["traces"] {
      guard let items = list.sequence else { throw fail(list, "'traces' is no list") }
      for item in items { traces.append(resolved(try text(item, "a trace's path"))) }
    }
    let (relative, absolute) = (try number("rtol", members), try number("atol", members))
    return ParityManifest.Entry(
      model: model, sha256: try digest(members), symbol: try path("symbol", members),
      architecture: try text("architecture", members), source: try path("source", members), traces: traces,
      layers: try text("layers", members), arithmetic: try arithmetic(members),
      tolerance: relative == nil && absolute == nil
        ? nil : Tolerance(relative: relative ?? 0, absolute: absolute ?? 0),
      requirements: try requirements(members))
  }

  private func requirements(_ members: [String: Node]) throws(VerificationError) -> Requirements {
    var requirements = Requirements()
    if let node = members["require-coverage"] {
      guard let rule = Requirements.CoverageRule(try text(node, "'require-coverage'")) else {
        throw fail(node, "'require-coverage' takes all, deformable or a share such as 90%")
      }
      requirements.coverage = rule
    }
    if let share = try number("max-ill-conditioned", members) { requirements.maximumIllConditioned = share }
    return requirements
  }

  private func arithmetic(_ members: [String: Node]) throws(VerificationError) -> Precision.Arithmetic? {
    guard let node = members["precision"] else { return nil }
    guard let arithmetic = Precision.Arithmetic(rawValue: try text(node, "'precision'")) else {
      throw fail(node, "'precision' takes \(Precision.Arithmetic.allCases.map(\.rawValue))")
    }
    return arithmetic
  }

  private func digest(_ members: [String: Node]) throws(VerificationError) -> String? {
    guard let node = members["sha256"] else { return nil }
    let digits = try text(node, "'sha256'").lowercased()
    guard digits.utf8.count == 64, digits.allSatisfy(\.isHexDigit) else {
      throw fail(node, "'sha256' takes 64 hexadecimal digits, quoted where they are all decimal")
    }
    return digits
  }

  private func number(_ key: String, _ members: [String: Node]) throws(VerificationError) -> Double? {
    guard let node = members[key] else { return nil }
    guard let number = node.float, number >= 0, number.isFinite else {
      throw fail(node, "'\(key)' takes a number from 0")
    }
    return number
  }

  private func path(_ key: String, _ members: [String: Node]) throws(VerificationError) -> String? {
    try text(key, members).map(resolved)
  }

  private func resolved(_ path: String) -> String {
    path.hasPrefix("/") || folder.isEmpty ? path : folder + "/" + path
  }

  private func text(_ key: String, _ members: [String: Node]) throws(VerificationError) -> String? {
    guard let node = members[key] else { return nil }
    return try text(node, "'\(key)'")
  }

  private func text(_ node: Node, _ what: String) throws(VerificationError) -> String {
    guard let text = node.scalar?.string, !text.isEmpty else { throw fail(node, "\(what) is no text") }
    return text
  }
}
