internal import Bytes
internal import Formats
internal import Graphs
internal import OrderedCollections

extension ONNXDescription {
  /// What a file says that was made of a model of another kind: where each byte came from, and how to feed it.
  ///
  /// - Complexity: hashes the sources whose digests are not known.
  init(_ model: Model, producerVersion: String) {
    self.init()
    producerName = "dcnconv"
    self.producerVersion = producerVersion
    graphName = model.network?.name ?? ""
    let provenance = model.provenance
    if !provenance.sources.isEmpty {
      let sources = provenance.sources.map { source -> JSONValue in
        [
          "name": .text(source.name), "bytes": .integer(source.byteCount), "sha256": .text(source.sha256),
          "format": .text(source.format),
        ]
      }
      metadata.append((Self.sourcesKey, JSONValue.list(sources).written(.compact)))
    }
    if !provenance.replacements.isEmpty {
      let replacements = provenance.replacements.map { one -> JSONValue in
        [
          "tensor": .text(one.tensor), "sha256": .text(one.sha256), "by": .text(one.by),
          "rule": .text(one.rule),
        ]
      }
      metadata.append(("dcnconv.replacements", JSONValue.list(replacements).written(.compact)))
    }
    if let framework = provenance.framework { metadata.append(("dcnconv.framework", framework)) }
    if let network = model.network { metadata.append(("dcnconv.network", network.name)) }
    if let recipe = model.recipe { metadata.append((Self.recipeKey, recipe.json.written(.compact))) }
  }

  private static let sourcesKey = "dcnconv.sources"
}
