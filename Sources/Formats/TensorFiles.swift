package import Bytes
package import Tensors

/// Files of named tensors, such as traces and a network's outputs.
package enum TensorFiles {
  /// Opens one for reading; the format is found by content.
  ///
  /// - Throws: `FormatError` where no format fits, or the one that fits finds a fault.
  package static func open(path: String) throws(FormatError) -> any TensorSource {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw FormatError(error) }
    if NPZArchive.recognises(file) { return try NPZArchive(path: path) }
    if HDF5File.recognises(file) { return try HDF5File(path: path) }
    if NPYFile.recognises(file) { return try NPYFile(file) }
    throw FormatError(file: path, "is no file of named tensors: expected npz, npy or HDF5")
  }

  /// Endings of the files that can be written.
  package static let writtenEndings = [".npz", ".npy", ".h5", ".hdf5"]

  /// Begins one whose format its ending names.
  ///
  /// - Parameters:
  ///   - metadata: texts about the file as a whole; `.npy` has no place for them.
  ///   - replaces: whether it takes the place of what has the name.
  /// - Throws: `FormatError` where the ending is none of `writtenEndings`, or the folder cannot be written.
  package static func create(
    path: String, metadata: JSONObject = [:], replaces: Bool, durable: Bool = false
  ) throws(FormatError) -> any TensorSink {
    if path.hasSuffix(".npz") {
      return try NPZWriter(path: path, metadata: metadata, replaces: replaces, durable: durable)
    }
    if path.hasSuffix(".h5") || path.hasSuffix(".hdf5") {
      return try HDF5Writer(path: path, metadata: metadata, replaces: replaces, durable: durable)
    }
    if path.hasSuffix(".npy") { return try NPYWriter(path: path, replaces: replaces, durable: durable) }
    throw FormatError(
      .request, file: path, "ends like no file of tensors: expected \(writtenEndings.joined(separator: ", "))"
    )
  }
}

extension JSONValue {
  /// A scalar as text, anything else as JSON.
  var plainText: String { textValue ?? written(.compact) }
}
