internal import Bytes
internal import CHDF5
internal import CZlib
internal import Tensors

/// How a dataset is cut into pieces of one shape, and through which filters each goes.
///
/// libhdf5 makes room for a deflated piece as it comes, however far it expands, and takes a piece that came out
/// too short for a whole one; so each is looked at before libhdf5 reads it.
struct HDF5Chunks {
  /// Of one piece before the filters.
  let byteCount: Int
  private let shape: [Int]
  /// Of the whole dataset.
  private let extent: [Int]
  private let filters: [H5Z_filter_t]

  /// The longest a byte of deflated data can become.
  static let largestExpansion = 1032

  private static let known: [H5Z_filter_t] = [
    H5Z_filter_t(H5Z_FILTER_DEFLATE), H5Z_filter_t(H5Z_FILTER_SHUFFLE), H5Z_filter_t(H5Z_FILTER_FLETCHER32),
  ]

  var isDeflated: Bool { filters.contains(H5Z_filter_t(H5Z_FILTER_DEFLATE)) }

  /// - Throws: `FormatError` where a filter is none of deflate, shuffle and fletcher32, or stands twice.
  init(
    _ settings: hid_t, of shape: Shape, elementBytes: Int, file: String, place: String
  ) throws(FormatError) {
    func fault(_ explanation: String) -> FormatError { FormatError(file: file, place: place, explanation) }
    var sides = [hsize_t](repeating: 0, count: max(1, shape.rank))
    // SAFETY: there is room for as many sides as dimensions.
    guard unsafe H5Pget_chunk(settings, Int32(sides.count), &sides) == Int32(shape.rank), shape.rank > 0,
      let piece = Shape(checking: sides.map { Int(clamping: $0) }), piece.count > 0,
      let byteCount = piece.count.timesChecked(elementBytes)
    else { throw fault("is stored in pieces whose shape does not fit it") }
    var filters: [H5Z_filter_t] = []
    for index in 0..<max(0, H5Pget_nfilters(settings)) {
      var (flags, count, configuration) = (UInt32(0), 0, UInt32(0))
      // SAFETY: no room is given for parameters and name, and none is used.
      let filter = unsafe H5Pget_filter2(
        settings, UInt32(index), &flags, &count, nil, 0, nil, &configuration)
      guard Self.known.contains(filter), !filters.contains(filter) else {
        throw fault(
          "goes through filter \(filter): only deflate (gzip), shuffle and fletcher32 are read, each once")
      }
      filters.append(filter)
    }
    self.byteCount = byteCount
    self.filters = filters
    self.shape = piece.dimensions
    extent = shape.dimensions
  }

  /// Checks that every stored piece comes out of its filters as long as it must be.
  ///
  /// - Throws: `FormatError` where one does not.
  func check(_ dataset: hid_t, fileByteCount: Int, file: String, place: String) throws(FormatError) {
    guard !filters.isEmpty, !extent.contains(0) else { return }
    let grid = Shape(zip(extent, shape).map { ($0 + $1 - 1) / $1 })
    for piece in 0..<grid.count {
      let offset = zip(grid.position(of: piece), shape).map { hsize_t($0 * $1) }
      guard try isSound(dataset, offset, fileByteCount) else {
        throw FormatError(
          file: file, place: place,
          "its piece \(piece) of \(grid.count) is damaged, or not as long as it must be")
      }
    }
  }

  private func isSound(
    _ dataset: hid_t, _ offset: [hsize_t], _ fileByteCount: Int
  ) throws(FormatError) -> Bool {
    var (skipped, address, size) = (UInt32(0), haddr_t(0), hsize_t(0))
    // SAFETY: the numbers outlive the call; there are as many coordinates as dimensions.
    guard unsafe H5Dget_chunk_info_by_coord(dataset, offset, &skipped, &address, &size) >= 0 else {
      return false
    }
    // A piece that was never written is all the fill value.
    guard size > 0 else { return true }
    guard skipped == 0, let count = Int(exactly: size), count <= fileByteCount else { return false }
    let sums = filters.filter { $0 == H5Z_filter_t(H5Z_FILTER_FLETCHER32) }.count * 4
    guard let deflate = filters.firstIndex(of: H5Z_filter_t(H5Z_FILTER_DEFLATE)) else {
      return count == byteCount + sums
    }
    let isSumInside = filters[..<deflate].contains(H5Z_filter_t(H5Z_FILTER_FLETCHER32))
    var bytes = [UInt8](repeating: 0, count: count)
    // SAFETY: libhdf5 has just said how many bytes the piece has.
    guard unsafe H5Dread_chunk(dataset, 0, offset, &skipped, &bytes) >= 0 else { return false }
    let expected = byteCount + (isSumInside ? sums : 0)
    return inflatedCount(bytes, atMost: expected) == expected
  }
}

/// Bytes that a deflated stream comes to; nil where it is damaged or comes to more than `limit`.
private func inflatedCount(_ bytes: [UInt8], atMost limit: Int) -> Int? {
  var stream = unsafe z_stream()
  // SAFETY: the stream lives until inflateEnd; `bytes` and `window` outlive each call that uses them.
  guard unsafe inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
    return nil
  }
  defer { unsafe inflateEnd(&stream) }
  var window = [UInt8](repeating: 0, count: 64 << 10)
  var count = 0
  return unsafe bytes.withUnsafeBufferPointer { source in
    unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
    var rest = source.count
    unsafe stream.avail_in = 0
    while true {
      // zlib counts its input in 32 bits.
      if unsafe stream.avail_in == 0 {
        let part = min(rest, 1 << 30)
        unsafe stream.avail_in = UInt32(part)
        rest -= part
      }
      let (status, left) = unsafe window.withUnsafeMutableBufferPointer { target in
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = UInt32(target.count)
        return unsafe (inflate(&stream, Z_NO_FLUSH), Int(stream.avail_out))
      }
      count += window.count - left
      if count > limit { return nil }
      if status == Z_STREAM_END { return count }
      guard status == Z_OK else { return nil }
    }
  }
}
