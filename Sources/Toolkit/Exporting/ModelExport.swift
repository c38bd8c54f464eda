internal import Bytes
package import Formats
package import Graphs
internal import OrderedCollections
internal import Tensors

/// A file format that models are written in, which the ending of the output names.
package enum ExportFormat: String, Sendable {
  case onnx = "ONNX"
  case symbol = "MXNet symbol JSON"
  case parameters = "MXNet NDArray list"
  case pack = "dcnconv pack"
  case npz = "NumPy npz"
  case hdf5 = "HDF5"

  private static let endings: KeyValuePairs<String, ExportFormat> = [
    ".onnx": .onnx, ".json": .symbol, ".params": .parameters, ".dcnpack": .pack, ".npz": .npz, ".h5": .hdf5,
    ".hdf5": .hdf5,
  ]

  /// What the outputs may end in, for messages.
  package static let knownEndings = "one of " + endings.map(\.key).joined(separator: ", ")

  /// Nil where the ending is none of these.
  package init?(path: String) {
    guard let match = Self.endings.first(where: { path.hasSuffix($0.key) }) else { return nil }
    self = match.value
  }
}

extension Model {
  /// Writes the model's graph, its weights or both; the files appear when they are whole.
  ///
  /// - Throws: the formats' errors where a format cannot say what the model holds.
  package func export(
    as format: ExportFormat, to path: String, _ options: PackOptions, onnx: ONNXExport = ONNXExport()
  ) throws {
    switch format {
    case .onnx:
      try onnx.writer(for: self, path: path).write(isDurable: options.isDurable, replaces: options.replaces)
    case .pack: try PackWriter.write(self, to: path, options)
    case .symbol: try writeSymbol(to: path, options)
    case .parameters:
      try requireWeights()
      let writer = try NDArrayListWriter(tensors, file: path)
      let file = try AtomicFile(path: path, durable: options.isDurable)
      try writer.write(to: file)
      try file.commit(replacing: options.replaces)
    case .npz, .hdf5:
      try requireWeights()
      let sink = try TensorFiles.create(path: path, replaces: options.replaces, durable: options.isDurable)
      for (name, tensor) in tensors { try sink.write(tensor, named: name) }
      try sink.finish()
    }
  }

  private func writeSymbol(to path: String, _ options: PackOptions) throws {
    guard !graph.nodes.isEmpty else {
      throw ToolkitError(.content, "the model has no graph: it is weights alone (see --architecture)")
    }
    let text = Array(try SymbolWriter.text(of: graph, file: path).utf8)
    let file = try AtomicFile(path: path, durable: options.isDurable)
    // SAFETY: UInt8 has no padding.
    try unsafe file.write(text.span.bytes, at: 0)
    try file.commit(replacing: options.replaces)
  }

  private func requireWeights() throws {
    guard !tensors.isEmpty else {
      throw ToolkitError(.content, "the model has no weights: it is a graph alone")
    }
  }
}
