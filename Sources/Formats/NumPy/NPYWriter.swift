internal import Bytes
package import Tensors

/// Writes one array in numpy's format; the file appears under its name when it is finished.
package final class NPYWriter: TensorSink {
  private let path: String
  private let file: AtomicFile
  private let replaces: Bool
  private var isWritten = false

  /// - Throws: `FormatError` where the folder cannot be written.
  package init(path: String, replaces: Bool = true, durable: Bool = false) throws(FormatError) {
    self.path = path
    self.replaces = replaces
    file = try FormatError.wrapping { () throws(ByteError) in try AtomicFile(path: path, durable: durable) }
  }

  /// - Parameter name: numpy's format has no place for it.
  /// - Throws: `FormatError` where the file has its array already, numpy has no such element type, or the bytes
  ///   cannot be written.
  package func write(_ tensor: Tensor, named name: String) throws(FormatError) {
    guard !isWritten else {
      throw FormatError(
        .request, file: path, place: "array '\(name)'",
        "the file holds one array already: write .npz or .h5 for several")
    }
    isWritten = true
    let head = try NPYHeader.encoded(tensor, file: path, name: name)
    try FormatError.wrapping { () throws(ByteError) in
      // SAFETY: an array of bytes has no padding.
      try unsafe file.write(head.span.bytes, at: 0)
      try file.write(tensor.bytes, at: head.count)
    }
  }

  package func finish() throws(FormatError) {
    guard isWritten else { throw FormatError(.request, file: path, "there is no array to write") }
    try FormatError.wrapping { () throws(ByteError) in try file.commit(replacing: replaces) }
  }
}

extension NPYHeader {
  /// The bytes before a tensor's elements.
  ///
  /// - Throws: `FormatError` where numpy has no such element type.
  static func encoded(_ tensor: Tensor, file: String, name: String) throws(FormatError) -> [UInt8] {
    if let head = encoded(tensor.elementType, tensor.shape) { return head }
    throw FormatError(
      file: file, place: "array '\(name)'",
      "numpy has no elements of type \(tensor.elementType.rawValue): write .h5, or convert them")
  }
}
