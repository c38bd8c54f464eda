/// Named tensors that are read one at a time: an npz or HDF5 trace, a pack.
package protocol TensorSource: Sendable {
  /// All names, in the file's order.
  var names: [String] { get }

  /// The type and shape of a tensor without its elements; nil where there is none of this name.
  ///
  /// - Throws: the format's error where the file lies about it.
  func header(of name: String) throws -> (elementType: ElementType, shape: Shape)?

  /// - Throws: the format's error where the elements cannot be read.
  func tensor(named name: String) throws -> Tensor?

  /// Text attributes of the file as a whole: a trace's framework, device, precision.
  var metadata: [String: String] { get }
}

/// Takes named tensors one at a time and keeps none of them in memory.
package protocol TensorSink: AnyObject {
  /// - Throws: the format's error where the name repeats or the bytes cannot be written.
  func write(_ tensor: Tensor, named name: String) throws

  /// Ends the file; without this call nothing appears under its name.
  func finish() throws
}
