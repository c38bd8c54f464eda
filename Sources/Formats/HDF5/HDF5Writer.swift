package import Bytes
internal import CHDF5
package import Tensors

/// Writes an HDF5 file of tensors, one at a time and none of them kept.
///
/// Slashes in a name make groups. Elements are stored in one piece without filters, and nothing in the file
/// depends on when it was written.
package final class HDF5Writer: TensorSink {
  private let path: String
  private let destination: AtomicFile
  private let replaces: Bool
  /// Nil when it is closed.
  private var file: hid_t?
  private var names: Set<String> = []

  /// - Parameter metadata: written as attributes of the root.
  /// - Throws: `FormatError` where the folder cannot be written.
  package init(
    path: String, metadata: JSONObject = [:], replaces: Bool = true, durable: Bool = false
  ) throws(FormatError) {
    self.path = path
    self.replaces = replaces
    let destination = try FormatError.wrapping { () throws(ByteError) in
      try AtomicFile(path: path, durable: durable, named: true)
    }
    self.destination = destination
    let texts = metadata.members.map { (name: $0.key, text: $0.value.plainText) }
    file = try HDF5Library.run { () throws(FormatError) in
      // SAFETY: the text lives as long as the call.
      guard let file = HDF5Handle(unsafe H5Fcreate(destination.temporary ?? path, dcn_h5_truncate(), 0, 0))
      else {
        throw FormatError(.environment, file: path, "cannot be written")
      }
      try HDF5Attributes.write(texts, to: file.id, path: path)
      // The handle is closed here, and the file by `finish`.
      H5Iinc_ref(file.id)
      return file.id
    }
  }

  deinit {
    guard let file else { return }
    try? HDF5Library.run { () throws(FormatError) in _ = H5Idec_ref(file) }
  }

  /// - Throws: `FormatError` where the name repeats or is none, HDF5 has no such element type, or the bytes cannot
  ///   be written.
  package func write(_ tensor: Tensor, named name: String) throws(FormatError) {
    let place = "dataset '\(name)'"
    guard let file else { throw FormatError(.request, file: path, place: place, "comes after the end") }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && !$0.utf8.contains(0) }),
      name.utf8.count <= Limits.nameBytes
    else { throw FormatError(.request, file: path, place: place, "is no name for a dataset") }
    guard names.insert(name).inserted else {
      throw FormatError(.request, file: path, place: place, "stands in the file already")
    }
    try HDF5Library.run { () throws(FormatError) in
      guard let type = tensor.elementType.hdf5Type else {
        throw FormatError(
          file: path, place: place,
          "HDF5 has no elements of type \(tensor.elementType.rawValue): convert them")
      }
      guard Self.write(tensor, type.id, named: name, to: file) else {
        throw FormatError(.environment, file: path, place: place, "cannot be written (disk full?)")
      }
    }
  }

  private static func write(_ tensor: Tensor, _ type: hid_t, named name: String, to file: hid_t) -> Bool {
    let dimensions = tensor.shape.dimensions.map { hsize_t($0) }
    // SAFETY: there are as many dimensions as are counted; the text lives as long as the call.
    guard
      let space = unsafe HDF5Handle(
        dimensions.isEmpty
          ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(dimensions.count), dimensions, nil)),
      let links = HDF5Handle(H5Pcreate(dcn_h5_link_create())),
      let settings = HDF5Handle(H5Pcreate(dcn_h5_dataset_create())),
      H5Pset_create_intermediate_group(links.id, 1) >= 0, H5Pset_obj_track_times(settings.id, false) >= 0,
      H5Pset_char_encoding(links.id, H5T_CSET_UTF8) >= 0,
      let dataset = HDF5Handle(unsafe H5Dcreate2(file, name, type, space.id, links.id, settings.id, 0))
    else { return false }
    // SAFETY: the tensor has just the bytes that its shape takes in this type.
    return unsafe tensor.bytes.withUnsafeBytes { bytes in
      unsafe bytes.isEmpty || H5Dwrite(dataset.id, type, 0, 0, 0, bytes.baseAddress) >= 0
    }
  }

  package func finish() throws(FormatError) {
    guard let file else { throw FormatError(.request, file: path, "is finished already") }
    self.file = nil
    try HDF5Library.run { () throws(FormatError) in
      guard H5Fclose(file) >= 0 else {
        throw FormatError(.environment, file: path, "cannot be written (disk full?)")
      }
    }
    try FormatError.wrapping { () throws(ByteError) in try destination.commit(replacing: replaces) }
  }
}
