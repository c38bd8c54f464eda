internal import Bytes
package import Graphs
internal import OrderedCollections
internal import Synchronization
package import Tensors

/// How a pack is written.
package struct PackOptions: Sendable {
  /// Flush the file to the device before its name appears.
  package var isDurable: Bool
  /// Take the place of an existing file.
  package var replaces: Bool
  package var threads: Threads
  package var progress: ByteProgress?

  package init(
    isDurable: Bool = true, replaces: Bool = false, threads: Threads, progress: ByteProgress? = nil
  ) {
    self.isDurable = isDurable
    self.replaces = replaces
    self.threads = threads
    self.progress = progress
  }
}

/// A pack that has been written.
package struct PackSummary: Sendable {
  /// SHA-256 of the header, which names the whole model.
  package let digest: Digest
  package let tensorCount: Int
  /// Bytes of the file.
  package let byteCount: Int
}

/// Writes models as native packs: the tensors' places are known before their digests are, for digests have one
/// length, so tensors are written while they and the source files are hashed.
package struct PackWriter {
  private let model: Model
  private let path: String
  private let options: PackOptions
  private var header: PackHeader
  private let payloadStart: Int

  /// The file appears under its name when all of it is written, or not at all.
  ///
  /// - Throws: `FormatError` where a pack cannot hold the model, the file would take the place of its own source,
  ///   or the disk is full.
  @discardableResult
  package static func write(
    _ model: Model, to path: String, _ options: PackOptions
  ) throws(FormatError) -> PackSummary {
    var writer = try PackWriter(model, path, options)
    return try writer.write()
  }

  /// - Throws: `FormatError` where there is a file of this name that may not give way.
  package static func refuseExisting(_ path: String, _ options: PackOptions) throws(FormatError) {
    guard !options.replaces, AtomicFile.isNameTaken(path) else { return }
    throw FormatError(.request, file: path, "exists already; choose another output or force its replacement")
  }

  private init(_ model: Model, _ path: String, _ options: PackOptions) throws(FormatError) {
    self.model = model
    self.path = path
    self.options = options
    header = try PackHeader(model, file: path)
    let bytes = try PackWriter.encoded(header, path)
    payloadStart = PackLayout.payloadStart(headerByteCount: bytes.count)
    // What this writes must open again: the reader's limits hold for the writer.
    // SAFETY: an array of bytes has no padding.
    _ = try unsafe PackDecoder.decode(bytes.span.bytes, file: path, origin: PackLayout.prefixByteCount)
  }

  private static func encoded(_ header: PackHeader, _ path: String) throws(FormatError) -> [UInt8] {
    let bytes = try PackEncoder.encode(header, file: path)
    guard bytes.count <= Limits.packHeaderBytes else {
      throw FormatError(
        file: path, place: "header", "would have \(bytes.count) bytes, more than \(Limits.packHeaderBytes)")
    }
    return bytes
  }

  private mutating func write() throws(FormatError) -> PackSummary {
    try PackWriter.refuseExisting(path, options)
    try model.refuseSource(path)
    let byteCount = payloadStart + header.rows.payloadByteCount
    let file = try FormatError.wrapping { () throws(ByteError) in
      let file = try AtomicFile(path: path, durable: options.isDurable)
      try file.reserve(byteCount)
      return file
    }
    try fill(file)
    let digest = try writeHeader(file)
    try FormatError.wrapping { () throws(ByteError) in try file.commit(replacing: options.replaces) }
    return PackSummary(digest: digest, tensorCount: header.rows.count, byteCount: byteCount)
  }
}

// The tensors.
extension PackWriter {
  private enum Piece {
    /// Hash a source file.
    case source(Int)
    /// Hash a tensor and write it.
    case tensor(Int)
    /// Hash a tensor, or write a part of it: one alone would keep one thread at work while the others wait.
    case largeTensor(Int)
    case part(Int, Range<Int>)
  }

  private struct Digests {
    var sources: [Int: Digest] = [:]
    var rows: [Int: Digest] = [:]
  }

  /// Above this many bytes a tensor is hashed by one thread and written by any.
  private static let largeByteCount = 8 << 20

  /// The longest first, so that no thread is left alone with a long one.
  private var pieces: [Piece] {
    var pieces: [(piece: Piece, byteCount: Int)] = []
    for (index, source) in header.provenance.sources.enumerated() where source.file != nil {
      pieces.append((.source(index), source.byteCount))
    }
    for (index, row) in header.rows.enumerated() {
      guard row.byteCount > PackWriter.largeByteCount else {
        pieces.append((.tensor(index), row.byteCount))
        continue
      }
      pieces.append((.largeTensor(index), row.byteCount))
      for start in stride(from: 0, to: row.byteCount, by: PackWriter.largeByteCount) {
        let end = min(start + PackWriter.largeByteCount, row.byteCount)
        pieces.append((.part(index, start..<end), (end - start) / 4))
      }
    }
    return pieces.enumerated()
      .sorted { ($1.element.byteCount, $0.offset) < ($0.element.byteCount, $1.offset) }.map(\.element.piece)
  }

  /// Writes all tensors, and puts the digests of them and of the source files into the header.
  private mutating func fill(_ file: AtomicFile) throws(FormatError) {
    let sourceByteCount = header.provenance.sources.reduce(0) { $0 + ($1.file == nil ? 0 : $1.byteCount) }
    let tensorByteCount = header.rows.reduce(0) { $0 + $1.byteCount }
    let work = BlockWork(
      total: sourceByteCount + tensorByteCount, shown: payloadStart + header.rows.payloadByteCount,
      progress: options.progress)
    let digests = Mutex(Digests())
    let pieces = pieces
    let writer = self
    options.threads.forEach(pieces.count) { piece, _ in
      work.attempt { () throws(FormatError) in try writer.run(pieces[piece], file, work, digests) }
    }
    try work.finish()
    let done = digests.withLock { $0 }
    for (index, digest) in done.rows { header.rows[index].sha256 = digest }
    for (index, digest) in done.sources {
      header.provenance.sources[index] = header.provenance.sources[index].hashed(digest)
    }
  }

  private func run(
    _ piece: Piece, _ file: AtomicFile, _ work: BlockWork, _ digests: borrowing Mutex<Digests>
  ) throws(FormatError) {
    switch piece {
    case .source(let index):
      guard let source = header.provenance.sources[index].file else { return }
      let digest = work.digest(of: source.bytes)
      digests.withLock { $0.sources[index] = digest }
    case .tensor(let index):
      guard let tensor = model.tensors[header.rows[index].name] else { return }
      var hasher = SHA256Hasher()
      try work.forEachBlock(of: tensor.bytes) { block, offset throws(FormatError) in
        hasher.update(block)
        try write(block, at: header.rows[index].offset + offset, file)
      }
      let digest = hasher.finish()
      digests.withLock { $0.rows[index] = digest }
    case .largeTensor(let index):
      guard let tensor = model.tensors[header.rows[index].name] else { return }
      let digest = work.digest(of: tensor.bytes)
      digests.withLock { $0.rows[index] = digest }
    case .part(let index, let range):
      guard let tensor = model.tensors[header.rows[index].name] else { return }
      try write(tensor.bytes.extracting(range), at: header.rows[index].offset + range.lowerBound, file)
    }
  }

  private func write(_ bytes: RawSpan, at offset: Int, _ file: AtomicFile) throws(FormatError) {
    try FormatError.wrapping { () throws(ByteError) in try file.write(bytes, at: payloadStart + offset) }
  }

  /// Writes what stands before the tensors.
  private func writeHeader(_ file: AtomicFile) throws(FormatError) -> Digest {
    let bytes = try PackWriter.encoded(header, path)
    precondition(
      PackLayout.payloadStart(headerByteCount: bytes.count) == payloadStart, "\(bytes.count) bytes")
    // SAFETY: arrays of bytes have no padding.
    let digest = unsafe Digest(of: bytes.span.bytes)
    let prefix = PackLayout.prefix(headerByteCount: UInt32(bytes.count), digest: digest)
    try FormatError.wrapping { () throws(ByteError) in
      unsafe try file.write(prefix.span.bytes, at: 0)
      unsafe try file.write(bytes.span.bytes, at: prefix.count)
    }
    return digest
  }
}
