internal import Bytes
package import Graphs
internal import OrderedCollections
internal import Tensors

/// How an ONNX file is written.
package struct ONNXOptions: Sendable {
  /// Where the weights' elements go.
  package enum Storage: Sendable {
    /// Into the file, or where it would grow beyond 2 GB, which protobuf cannot say, into one beside it.
    case automatic
    /// Into a file beside it, `NAME.onnx.data`.
    case external
  }

  package var storage: Storage
  /// Operators that ONNX does not have are written in our own domain, one node each.
  package var keepsCustom: Bool

  package init(storage: Storage = .automatic, keepsCustom: Bool = false) {
    self.storage = storage
    self.keepsCustom = keepsCustom
  }
}

/// Writes models as ONNX files; the weights' bytes go from where they are to the file, without a copy in memory.
package struct ONNXWriter {
  private let model: Model
  private let path: String
  private var pieces: [ONNXPiece] = []
  private let external: ONNXExternalLayout?
  private let initializers: [ONNXGraphEncoder.Initializer]
  /// Versions of the operator sets that the file imports, by domain.
  package let operatorSets: [String: Int]

  /// Bytes of the model's file.
  package var byteCount: Int { pieces.reduce(0) { $0 + $1.byteCount } }

  /// The file of the weights' elements; nil where they are in the model's.
  package var externalPath: String? { external.map { _ in path + ".data" } }

  /// - Parameter path: the name of the output.
  /// - Throws: `FormatError` that names the nodes which ONNX cannot say.
  package init(
    _ model: Model, _ description: ONNXDescription, _ options: ONNXOptions = ONNXOptions(), path: String
  ) throws(FormatError) {
    self.model = model
    self.path = path
    let graph = try ONNXGraphEncoder(
      model, opsets: description.operatorSets, keepsCustom: options.keepsCustom, path: path)
    initializers = graph.initializers
    operatorSets = graph.operatorSets
    let name = description.graphName.isEmpty ? "graph" : description.graphName
    let weightBytes = initializers.reduce(0) { $0 + $1.tensor.byteCount }
    // Half a gigabyte is left for the graph.
    let isExternal = options.storage == .external || weightBytes > 3 << 29
    external =
      isExternal
      ? ONNXExternalLayout(location: fileName(of: path) + ".data", initializers.map(\.tensor)) : nil
    pieces = graph.pieces(name: name, external)
    pieces.insert(.bytes(head(description, graphByteCount: byteCount)), at: 0)
    pieces.append(.bytes(tail(description)))
    guard byteCount < 1 << 31 else {
      throw FormatError(
        .request, file: path, "would have \(byteCount) bytes without its weights, more than protobuf can say")
    }
  }

  private func head(_ description: ONNXDescription, graphByteCount: Int) -> [UInt8] {
    let opset = operatorSets[""] ?? ONNXDescription.usualOpset
    var head = WireBuffer()
    // Before version 4, weights had to be inputs.
    head.number(1, max(4, description.irVersion, irVersion(forOpset: opset)))
    head.text(ifAny: 2, description.producerName)
    head.text(ifAny: 3, description.producerVersion)
    head.text(ifAny: 4, description.domain)
    if description.modelVersion != 0 { head.number(5, description.modelVersion) }
    head.announce(7, byteCount: graphByteCount)
    return head.bytes
  }

  private func tail(_ description: ONNXDescription) -> [UInt8] {
    var tail = WireBuffer()
    for (domain, version) in operatorSets.sorted(by: { $0.key < $1.key }) {
      tail.message(8) {
        $0.text(ifAny: 1, domain)
        $0.number(2, version)
      }
    }
    for (key, value) in description.metadata { tail.entry(14, key, value) }
    guard model.provenance.isONNX else { return tail.bytes }
    for (name, tensor) in model.tensors where name.hasPrefix(ONNXReader.functionPrefix) {
      tail.run(25, tensor.byteArray)
    }
    return tail.bytes
  }

  // MARK: Writing

  /// The files appear under their names when all is written, or not at all.
  ///
  /// - Throws: `FormatError` where an output is a source of the model, or the bytes cannot be written.
  package func write(isDurable: Bool, replaces: Bool) throws(FormatError) {
    for output in [path, externalPath].compactMap({ $0 }) {
      try model.refuseSource(output)
      guard replaces || !AtomicFile.isNameTaken(output) else {
        throw FormatError(
          .request, file: output, "exists already; choose another output or force its replacement")
      }
    }
    try FormatError.wrapping { () throws(ByteError) in
      let file = try AtomicFile(path: path, durable: isDurable)
      try write(to: file)
      if let externalPath {
        let data = try AtomicFile(path: externalPath, durable: isDurable)
        try writeExternal(to: data)
        try data.commit(replacing: replaces)
      }
      try file.commit(replacing: replaces)
    }
  }

  private func write(to file: AtomicFile) throws(ByteError) {
    try file.reserve(byteCount)
    var offset = 0
    for piece in pieces {
      switch piece {
      // SAFETY: UInt8 has no padding.
      case .bytes(let bytes): try unsafe file.write(bytes.span.bytes, at: offset)
      case .tensor(let tensor): try file.write(tensor.bytes, at: offset)
      }
      offset += piece.byteCount
    }
  }

  private func writeExternal(to file: AtomicFile) throws(ByteError) {
    guard let external else { return }
    try file.reserve(external.byteCount)
    for (initializer, offset) in zip(initializers, external.offsets) {
      if let offset { try file.write(initializer.tensor.bytes, at: offset) }
    }
  }
}

private func fileName(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

extension Provenance {
  /// Whether the model was read from an ONNX file, be it by way of a pack.
  package var isONNX: Bool { metadata["ir_version"] != nil }
}
