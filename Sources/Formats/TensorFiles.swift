internal import Bytes
package import Tensors

/// Files of named tensors, such as traces; the format is found by content.
package enum TensorFiles {
  /// - Throws: `FormatError` where no format fits, or the one that fits finds a fault.
  package static func open(path: String) throws(FormatError) -> any TensorSource {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw FormatError(error) }
    if NPZArchive.recognises(file) { return try NPZArchive(path: path) }
    throw FormatError(file: path, "is no file of named tensors: expected npz or HDF5")
  }
}
