package import Bytes
package import Graphs
internal import Tensors

/// Writes models as ONNX files; the weights' bytes go from where they are to the file, without a copy in memory.
package struct ONNXWriter {
  private let path: String
  private var pieces: [ONNXPiece] = []

  /// Bytes of the whole file.
  package var byteCount: Int { pieces.reduce(0) { $0 + $1.byteCount } }

  /// - Parameters:
  ///   - path: the name of the output, for errors.
  /// - Throws: `FormatError` that names the node which ONNX cannot say.
  package init(_ model: Model, _ description: ONNXDescription, path: String) throws(FormatError) {
    self.path = path
    let graph = try ONNXGraphEncoder(model, opsets: description.operatorSets, path: path)
    let opset = graph.operatorSets[""] ?? ONNXDescription.usualOpset
    var head = WireBuffer()
    // Before version 4, weights had to be inputs.
    head.number(1, max(4, description.irVersion, irVersion(forOpset: opset)))
    head.text(ifAny: 2, description.producerName)
    head.text(ifAny: 3, description.producerVersion)
    head.text(ifAny: 4, description.domain)
    if description.modelVersion != 0 { head.number(5, description.modelVersion) }
    pieces = graph.pieces(name: description.graphName.isEmpty ? "graph" : description.graphName)
    head.announce(7, byteCount: byteCount)
    pieces.insert(.bytes(head.bytes), at: 0)
    var tail = WireBuffer()
    for (domain, version) in graph.operatorSets.sorted(by: { $0.key < $1.key }) {
      tail.message(8) {
        $0.text(ifAny: 1, domain)
        $0.number(2, version)
      }
    }
    for (key, value) in description.metadata { tail.entry(14, key, value) }
    pieces.append(.bytes(tail.bytes))
  }

  /// Writes everything into a file that its owner commits.
  ///
  /// - Throws: `ByteError` where the bytes cannot be written.
  package func write(to file: AtomicFile) throws(ByteError) {
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
}
