package import Bytes
internal import CHDF5
package import Tensors

/// An HDF5 file of tensors, read one dataset at a time through libhdf5.
///
/// What could reach beyond the file is refused: external links and storage, virtual datasets, filters from shared
/// libraries. So are links under which a group would stand twice, and sizes that the file does not hold.
///
/// The file's own structure is libhdf5's to decode, and no safer than that library: of 30,504 files that differ from
/// a sound one in a byte, version 1.10.8 crashes on 14. Files written with `libver="v110"` carry checksums, which
/// find damage before. The command line lets another process read a file first; a program that takes files from
/// strangers should do the like.
package final class HDF5File: TensorSource {
  private let path: String
  private let byteCount: Int
  private let file: hid_t
  private let datasets: [String: HDF5Dataset]
  package let names: [String]
  package let metadata: [String: String]

  private static let magic: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The file's mark stands at its start, or at 512 bytes or a power of two times that, behind a user's own block.
  package static func recognises(_ file: MappedFile) -> Bool {
    var place = 0
    while place + magic.count <= file.byteCount {
      var reader = ByteReader(file.bytes.extracting(place..<place + magic.count), file: file.path)
      if magic.allSatisfy({ (try? reader.read(UInt8.self, "magic")) == $0 }) { return true }
      place = place == 0 ? 512 : 2 * place
    }
    return false
  }

  /// Reads the names and what each dataset says of itself, and no element.
  ///
  /// - Throws: `FormatError` where the file is no HDF5, or holds what is not read.
  package init(path: String) throws(FormatError) {
    let mapped = try FormatError.wrapping { () throws(ByteError) in try MappedFile(path: path) }
    let byteCount = mapped.byteCount
    let opened = try HDF5Library.run { () throws(FormatError) in
      // SAFETY: the text lives as long as the call.
      guard let file = HDF5Handle(unsafe H5Fopen(path, dcn_h5_read_only(), 0)) else {
        throw FormatError(file: path, "is no readable HDF5 file")
      }
      var datasets: [String: HDF5Dataset] = [:]
      for name in try HDF5Directory(file.id, path: path).datasets {
        let place = "dataset '\(name)'"
        // SAFETY: the text lives as long as the call.
        guard let dataset = HDF5Handle(unsafe H5Dopen2(file.id, name, 0)) else {
          throw FormatError(file: path, place: place, "cannot be opened")
        }
        datasets[name] = try HDF5Dataset(dataset.id, fileByteCount: byteCount, file: path, place: place)
      }
      let metadata = try HDF5Attributes.read(file.id, path: path)
      // The handle is closed here, and the file with the object.
      H5Iinc_ref(file.id)
      return (id: file.id, datasets: datasets, metadata: metadata)
    }
    self.path = path
    self.byteCount = byteCount
    file = opened.id
    datasets = opened.datasets
    metadata = opened.metadata
    names = opened.datasets.keys.sorted()
  }

  deinit {
    let file = file
    try? HDF5Library.run { () throws(FormatError) in _ = H5Idec_ref(file) }
  }

  package func header(of name: String) -> (elementType: ElementType, shape: Shape)? {
    datasets[name].map { ($0.elementType, $0.shape) }
  }

  package func tensor(named name: String) throws(FormatError) -> Tensor? {
    guard let header = datasets[name] else { return nil }
    return try HDF5Library.run { () throws(FormatError) in
      // SAFETY: the text lives as long as the call.
      guard let dataset = HDF5Handle(unsafe H5Dopen2(file, name, 0)) else {
        throw FormatError(file: path, place: "dataset '\(name)'", "cannot be opened")
      }
      return try header.read(
        dataset.id, fileByteCount: byteCount, file: path, place: "dataset '\(name)'")
    }
  }
}
