internal import Bytes
package import Graphs
internal import OrderedCollections
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
/// length, so several threads write tensors while they and the source files are hashed.
///
/// A source that another program changes meanwhile leaves a pack whose digests do not hold, and verification says so.
package struct PackWriter {
  private let model: Model
  private let path: String
  private let options: PackOptions
  private var header: PackHeader
  /// By row of the header.
  private let tensors: [Tensor]
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
    tensors = header.rows.compactMap { model.tensors[$0.name] }
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
  /// Bytes of a tensor, and which.
  private struct Part {
    let row: Int
    let range: Range<Int>
  }

  /// Bytes of a part, which one thread writes.
  private static let partByteCount = 8 << 20

  private var parts: [Part] {
    header.rows.indices.flatMap { row in
      let byteCount = header.rows[row].byteCount
      return stride(from: 0, to: byteCount, by: PackWriter.partByteCount).map { start in
        Part(row: row, range: start..<min(start + PackWriter.partByteCount, byteCount))
      }
    }
  }

  /// Writes all tensors, and puts the digests of them and of the source files into the header.
  private mutating func fill(_ file: AtomicFile) throws(FormatError) {
    let sources = header.provenance.sources
    let files = sources.unhashed
    let messages = files + tensors
    let tensorByteCount = tensors.reduce(0) { $0 + $1.byteCount }
    let work = BlockWork(
      total: messages.reduce(tensorByteCount) { $0 + $1.byteCount },
      shown: payloadStart + header.rows.payloadByteCount, progress: options.progress)
    let hashing = work.hashing(messages)
    let parts = parts
    let workers = hashing.workerCount(options.threads)
    let writer = self
    // Hashing first: a source is one long message, beside which other threads write the tensors.
    options.threads.forEach(workers + parts.count) { piece, _ in
      guard piece >= workers else { return hashing.run() }
      work.attempt { () throws(FormatError) in try writer.write(parts[piece - workers], file, work) }
    }
    try work.finish()
    let digests = hashing.digests
    header.provenance.sources = sources.hashed(digests[..<files.count])
    for (row, digest) in zip(header.rows.indices, digests[files.count...]) {
      header.rows[row].sha256 = digest
    }
  }

  private func write(_ part: Part, _ file: AtomicFile, _ work: BlockWork) throws(FormatError) {
    let tensor = tensors[part.row]
    let start = header.rows[part.row].offset + part.range.lowerBound
    try work.forEachBlock(of: tensor.bytes.extracting(part.range)) { block, offset throws(FormatError) in
      try write(block, at: start + offset, file)
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
