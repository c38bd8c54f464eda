internal import Bytes
internal import CHDF5
internal import Tensors

/// What a dataset says of itself, checked before any of it is read.
struct HDF5Dataset {
  let elementType: ElementType
  let shape: Shape
  /// Bytes of all elements.
  let byteCount: Int
  /// How it is cut up; nil where it is stored in one piece.
  let chunks: HDF5Chunks?

  /// Larger pieces than this are read only of a dataset as large.
  private static let usualChunkBytes = 64 << 20

  /// Nil for texts, which are no tensors.
  ///
  /// - Throws: `FormatError` where it holds what is not read, stands in another file, or claims more than is
  ///   stored.
  init?(_ dataset: hid_t, fileByteCount: Int, file: String, place: String) throws(FormatError) {
    func fault(_ explanation: String) -> FormatError { FormatError(file: file, place: place, explanation) }
    guard let type = HDF5Handle(H5Dget_type(dataset)), let space = HDF5Handle(H5Dget_space(dataset)),
      let settings = HDF5Handle(H5Dget_create_plist(dataset))
    else { throw fault("cannot be read") }
    if H5Tget_class(type.id) == H5T_STRING { return nil }
    guard let elementType = ElementType(hdf5: type.id) else {
      throw fault("holds other elements than numbers of 8 to 64 bits and h5py's booleans")
    }
    guard let shape = Self.shape(space.id), let byteCount = elementType.byteCount(of: shape.count) else {
      throw fault("has no shape, or one that does not fit")
    }
    guard H5Pget_external_count(settings.id) == 0 else { throw fault("keeps its elements in another file") }
    let layout = H5Pget_layout(settings.id)
    guard [H5D_COMPACT, H5D_CONTIGUOUS, H5D_CHUNKED].contains(layout) else {
      throw fault("is put together from other datasets (a virtual one), which is not read")
    }
    self.elementType = elementType
    self.shape = shape
    self.byteCount = byteCount
    chunks =
      layout == H5D_CHUNKED
      ? try HDF5Chunks(
        settings.id, of: shape, elementBytes: elementType.byteCount ?? 1, file: file, place: place) : nil
    let stored = Int(clamping: H5Dget_storage_size(dataset))
    let expansion = chunks?.isDeflated == true ? HDF5Chunks.largestExpansion : 1
    guard stored <= fileByteCount, (stored.timesChecked(expansion) ?? .max) >= byteCount else {
      throw fault("has \(stored) bytes in the file, its shape \(shape) needs \(byteCount)")
    }
    guard (chunks?.byteCount ?? 0) <= max(byteCount, Self.usualChunkBytes) else {
      throw fault("is stored in pieces of \(chunks?.byteCount ?? 0) bytes, though it has \(byteCount)")
    }
  }

  private static func shape(_ space: hid_t) -> Shape? {
    switch H5Sget_simple_extent_type(space) {
    case H5S_SCALAR: return []
    case H5S_SIMPLE:
      let rank = H5Sget_simple_extent_ndims(space)
      guard rank >= 0, rank <= Limits.dimensions else { return nil }
      var dimensions = [hsize_t](repeating: 0, count: Int(rank))
      // SAFETY: there is room for as many dimensions as the space has.
      guard unsafe H5Sget_simple_extent_dims(space, &dimensions, nil) == rank else { return nil }
      let numbers = dimensions.compactMap { Int(exactly: $0) }
      return numbers.count == dimensions.count ? Shape(checking: numbers) : nil
    default: return nil
    }
  }

  /// The elements in little-endian order.
  ///
  /// - Throws: `FormatError` where the stored bytes are damaged.
  func read(_ dataset: hid_t, fileByteCount: Int, file: String, place: String) throws(FormatError) -> Tensor {
    try chunks?.check(dataset, fileByteCount: fileByteCount, file: file, place: place)
    // What is stored in one piece is read whole; pieces that nobody wrote may leave anything.
    let memory = chunks == nil ? Memory(writtenByteCount: byteCount) : Memory(byteCount: byteCount)
    var isRead = byteCount == 0
    if let stored = HDF5Handle(H5Dget_type(dataset)), let type = HDF5Handle(H5Tcopy(stored.id)), !isRead,
      elementType == .bool || H5Tset_order(type.id, H5T_ORDER_LE) >= 0
    {
      // SAFETY: the memory has as many bytes as the dataset's shape takes in this type.
      isRead = memory.withMutableBytes { bytes in
        unsafe bytes.withUnsafeMutableBytes { unsafe H5Dread(dataset, type.id, 0, 0, 0, $0.baseAddress) >= 0 }
      }
    }
    guard isRead else { throw FormatError(file: file, place: place, "its elements are damaged or cut off") }
    return Tensor(memory: memory, range: 0..<byteCount, elementType: elementType, shape: shape)
  }
}
