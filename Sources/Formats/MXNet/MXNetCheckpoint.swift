package import Bytes
package import Graphs
internal import OrderedCollections
internal import Tensors

/// A file of weights (`prefix-0000.params`) with the symbol that MXNet saves beside it (`prefix-symbol.json`).
///
/// The file alone is a model without a graph: that is how the original networks were released.
package enum MXNetCheckpoint: Format {
  package static let name = "MXNet NDArray list"

  package static func recognises(_ file: MappedFile) -> Bool {
    var reader = ByteReader(file.bytes, file: file.path)
    return (try? reader.read(UInt64.self, "magic")) == NDArrayList.magic
  }

  package static func read(_ file: MappedFile, _ request: ReadRequest) throws(FormatError) -> Model {
    let list = try FormatError.wrapping { () throws(ByteError) in try NDArrayList(file) }
    var model = Model(provenance: Provenance(framework: "MXNet"))
    let format = [name, list.versions].filter { !$0.isEmpty }.joined(separator: " ")
    model.provenance.sources = [Provenance.Source(file, format: format)]
    model.take(list)
    guard let symbolFile = try symbolFile(beside: file.path, request) else { return model }
    let symbol = try MXNetSymbolFile.read(symbolFile, request)
    model.graph = symbol.graph
    model.provenance.sources += symbol.provenance.sources
    model.provenance.framework = symbol.provenance.framework
    model.warnings += symbol.warnings
    model.bindMXNetWeights()
    return model
  }

  /// The symbol that the caller names, or the one that MXNet's own naming leads to, where it is there.
  private static func symbolFile(
    beside path: String, _ request: ReadRequest
  ) throws(FormatError) -> MappedFile? {
    if let symbolPath = request.symbolPath {
      return try FormatError.wrapping { () throws(ByteError) in try MappedFile(path: symbolPath) }
    }
    guard request.findsCompanions, let companion = symbolPath(besideParameters: path) else { return nil }
    do throws(ByteError) {
      return try MappedFile(path: companion)
    } catch {
      if error.blame == .request { return nil }
      throw FormatError(error)
    }
  }

  /// `prefix-symbol.json` for `prefix-0000.params`, whatever the epoch; nil for another name.
  package static func symbolPath(besideParameters path: String) -> String? {
    let ending = ".params"
    guard path.hasSuffix(ending) else { return nil }
    let stem = path.dropLast(ending.count)
    let prefix = stem.reversed().drop { $0.isASCII && $0.isNumber }
    // MXNet writes epochs as %04d.
    guard stem.count - prefix.count >= 4, prefix.first == "-" else { return nil }
    return String(String(prefix.reversed()).dropLast()) + "-symbol.json"
  }
}

extension Model {
  /// Takes the arrays of a list as tensors; what a tensor cannot say goes into the provenance.
  fileprivate mutating func take(_ list: NDArrayList) {
    tensors.reserveCapacity(list.arrays.count)
    for array in list.arrays {
      tensors[array.name] = array.tensor
      if array.tensor == nil {
        provenance.metadata["mxnet.storage/" + array.name] = "none"
        warnings.append("array '\(array.name)' was never allocated: it has no shape and no elements")
      } else if array.storage != .dense {
        provenance.metadata["mxnet.storage/" + array.name] = array.storage.name
        warnings.append("array '\(array.name)' is \(array.storage.name): it is kept in dense form")
      }
    }
    if list.trailingBytes > 0 {
      warnings.append("\(list.trailingBytes) bytes behind the last name are ignored, as MXNet does")
    }
  }
}
