internal import CSchemas
internal import Graphs
internal import Tensors

/// Builds a header's protobuf message; equal models give equal bytes.
struct PackEncoder {
  let arena = ProtobufArena()
  /// The file that errors name.
  let file: String

  /// The header in its wire form.
  ///
  /// - Throws: `FormatError` where the model holds what a pack cannot.
  static func encode(_ header: PackHeader, file: String) throws(FormatError) -> [UInt8] {
    let encoder = PackEncoder(file: file)
    let message = try unsafe encoder.message(header)
    return unsafe ProtobufArena.encoded(message)
  }

  private func message(
    _ header: PackHeader
  ) throws(FormatError) -> UnsafeMutablePointer<Dcnpack__Header> {
    let message = unsafe arena.message(dcnpack__header__init)
    unsafe message.pointee.n_tensors = header.rows.count
    unsafe message.pointee.tensors = unsafe arena.list(header.rows.map { unsafe tensor($0) })
    if !header.sourceOrder.elementsEqual(header.sourceOrder.indices) {
      unsafe message.pointee.n_source_order = header.sourceOrder.count
      unsafe message.pointee.source_order = arena.list(header.sourceOrder.map { UInt64($0) })
    }
    if !header.graph.values.isEmpty || !header.graph.nodes.isEmpty {
      var encoder = PackGraphEncoder(arena: arena, file: file, rows: header.rows)
      unsafe message.pointee.graph = try unsafe encoder.message(header.graph)
    }
    if let network = header.network { unsafe message.pointee.network = unsafe self.network(network) }
    if let recipe = header.recipe { unsafe message.pointee.recipe = unsafe self.recipe(recipe) }
    unsafe message.pointee.provenance = try unsafe provenance(header.provenance)
    let sections = header.unknownSections.sorted { precedes($0.key, $1.key) }
    unsafe message.pointee.n_sections = sections.count
    unsafe message.pointee.sections = unsafe arena.list(
      sections.map { unsafe section($0.key, content: $0.value) })
    return unsafe message
  }

  private func tensor(_ row: PackRow) -> UnsafeMutablePointer<Dcnpack__Tensor> {
    let message = unsafe arena.message(dcnpack__tensor__init)
    unsafe message.pointee.name = arena.text(row.name)
    unsafe message.pointee.element_type = Dcnpack__ElementType(row.elementType)
    unsafe message.pointee.n_shape = row.shape.rank
    unsafe message.pointee.shape = arena.list(row.shape.dimensions.map { UInt64($0) })
    unsafe message.pointee.offset = UInt64(row.offset)
    unsafe message.pointee.byte_count = UInt64(row.byteCount)
    unsafe message.pointee.sha256 = arena.bytes(row.sha256.bytes)
    return unsafe message
  }

  private func network(_ network: NetworkIdentity) -> UnsafeMutablePointer<Dcnpack__Network> {
    let message = unsafe arena.message(dcnpack__network__init)
    unsafe message.pointee.name = arena.text(network.name)
    unsafe message.pointee.confidence = network.confidence
    unsafe message.pointee.n_alternatives = network.alternatives.count
    unsafe message.pointee.alternatives = arena.texts(network.alternatives)
    return unsafe message
  }

  private func section(_ name: String, content: [UInt8]) -> UnsafeMutablePointer<Dcnpack__Section> {
    let message = unsafe arena.message(dcnpack__section__init)
    unsafe message.pointee.name = arena.text(name)
    unsafe message.pointee.content = arena.bytes(content)
    return unsafe message
  }
}

// Where the model came from.
extension PackEncoder {
  private func provenance(
    _ provenance: Provenance
  ) throws(FormatError) -> UnsafeMutablePointer<Dcnpack__Provenance>? {
    let message = unsafe arena.message(dcnpack__provenance__init)
    var sources = unsafe [UnsafeMutablePointer<Dcnpack__Source>]()
    for entry in provenance.sources { unsafe sources.append(try source(entry)) }
    unsafe message.pointee.n_sources = sources.count
    unsafe message.pointee.sources = arena.list(sources)
    var replacements = unsafe [UnsafeMutablePointer<Dcnpack__Replacement>]()
    for entry in provenance.replacements { unsafe replacements.append(try replacement(entry)) }
    unsafe message.pointee.n_replacements = replacements.count
    unsafe message.pointee.replacements = arena.list(replacements)
    unsafe message.pointee.framework = arena.text(provenance.framework ?? "")
    let entries = provenance.metadata.sorted { precedes($0.key, $1.key) }
    unsafe message.pointee.n_metadata = entries.count
    unsafe message.pointee.metadata = unsafe arena.list(
      entries.map { unsafe entry($0.key, value: $0.value) })
    return unsafe message
  }

  private func source(
    _ source: Provenance.Source
  ) throws(FormatError) -> UnsafeMutablePointer<Dcnpack__Source> {
    let message = unsafe arena.message(dcnpack__source__init)
    unsafe message.pointee.name = arena.text(source.name)
    unsafe message.pointee.byte_count = UInt64(source.byteCount)
    // A file that is still to be hashed has zeros: a digest's length does not depend on its bits.
    let digest =
      source.file == nil ? try self.digest(source.sha256, of: "source '\(source.name)'") : .zero
    unsafe message.pointee.sha256 = arena.bytes(digest.bytes)
    unsafe message.pointee.format = arena.text(source.format)
    return unsafe message
  }

  private func replacement(
    _ replacement: Provenance.Replacement
  ) throws(FormatError) -> UnsafeMutablePointer<Dcnpack__Replacement> {
    let message = unsafe arena.message(dcnpack__replacement__init)
    unsafe message.pointee.tensor = arena.text(replacement.tensor)
    let digest = try self.digest(replacement.sha256, of: "replaced tensor '\(replacement.tensor)'")
    unsafe message.pointee.sha256 = arena.bytes(digest.bytes)
    unsafe message.pointee.by = arena.text(replacement.by)
    unsafe message.pointee.rule = arena.text(replacement.rule)
    return unsafe message
  }

  private func digest(_ text: String, of place: String) throws(FormatError) -> Digest {
    guard let digest = Digest(hexadecimal: text) else {
      throw FormatError(
        file: file, place: place, "SHA-256 is '\(text)', expected 64 hexadecimal digits")
    }
    return digest
  }

  private func entry(_ key: String, value: String) -> UnsafeMutablePointer<Dcnpack__Entry> {
    let message = unsafe arena.message(dcnpack__entry__init)
    unsafe message.pointee.key = arena.text(key)
    unsafe message.pointee.value = arena.text(value)
    return unsafe message
  }
}
