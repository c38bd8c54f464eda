internal import Bytes
internal import CZip
internal import Tensors

extension NPZArchive {
  /// A member of the archive as its directory says.
  struct Entry {
    let index: UInt64
    let name: String
    let byteCount: Int
    let compressedByteCount: Int
  }

  /// libzip's view of an archive, closed with its last owner.
  @safe
  struct Handle: ~Copyable {
    // SAFETY: opened in init, closed in deinit, used by one thread at a time.
    private let zip: OpaquePointer
    private let path: String

    init(path: String) throws(FormatError) {
      do { _ = try MappedFile(path: path) } catch { throw FormatError(error) }
      var code: Int32 = 0
      guard let zip = unsafe zip_open(path, ZIP_RDONLY, &code) else {
        throw FormatError(file: path, "is no readable zip archive (libzip error \(code))")
      }
      unsafe self.zip = zip
      self.path = path
    }

    deinit { unsafe zip_discard(zip) }

    func entries() throws(FormatError) -> [Entry] {
      let count = unsafe zip_get_num_entries(zip, 0)
      guard count >= 0, count <= Limits.nodes else {
        throw FormatError(file: path, "has \(count) members, at most \(Limits.nodes) are read")
      }
      var entries: [Entry] = []
      for index in 0..<UInt64(count) {
        var stat = unsafe zip_stat_t()
        guard unsafe zip_stat_index(zip, index, UInt32(ZIP_FL_ENC_RAW), &stat) == 0,
          let name = unsafe stat.name,
          let text = unsafe String(validatingCString: name), let byteCount = unsafe Int(exactly: stat.size),
          let compressed = unsafe Int(exactly: stat.comp_size)
        else { throw FormatError(file: path, place: "member \(index)", "its directory entry is unreadable") }
        entries.append(
          Entry(index: index, name: text, byteCount: byteCount, compressedByteCount: compressed))
      }
      return entries
    }

    /// The first bytes of a member; where those are all, its CRC is checked.
    ///
    /// - Precondition: `count` has been checked against the size of the file.
    func read(_ index: UInt64, at place: String, count: Int) throws(FormatError) -> Memory {
      guard let member = unsafe zip_fopen_index(zip, index, 0) else {
        throw FormatError(file: path, place: place, "cannot be read: \(message)")
      }
      defer { unsafe zip_fclose(member) }
      let memory = Memory(writtenByteCount: count)
      var done = 0
      while done < count {
        // SAFETY: at most as many bytes are written as remain of the memory.
        let got = memory.withMutableBytes { bytes in
          unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe zip_fread(member, buffer.baseAddress.map { unsafe $0 + done }, UInt64(count - done))
          }
        }
        guard got > 0 else {
          let reason = got < 0 ? "is damaged" : "ends after \(done) of \(count) bytes"
          throw FormatError(file: path, place: place, reason)
        }
        done += Int(got)
      }
      // libzip compares the CRC as it finds the end, no earlier.
      var next: UInt8 = 0
      // SAFETY: there is room for one byte.
      guard unsafe zip_fread(member, &next, 1) >= 0 else {
        throw FormatError(
          file: path, place: place, "is damaged: its bytes have another CRC than the archive says")
      }
      return memory
    }

    private var message: String {
      // SAFETY: the text lives as long as the archive.
      unsafe zip_strerror(zip).map { unsafe String(cString: $0) } ?? "unknown"
    }
  }
}
