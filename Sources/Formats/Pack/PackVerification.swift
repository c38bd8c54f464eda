internal import Bytes
internal import Graphs
package import Tensors

/// What is wrong with a pack that opens.
package struct PackFinding: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// A tensor's bytes are not those that were written.
    case digest(tensor: String)
    /// Bytes between tensors are not zero.
    case padding
    /// The header is not the one encoding of what it says.
    case canonicalForm
  }

  package let kind: Kind
  /// Bytes from the start of the file to the fault, or to the tensor that has it.
  package let offset: Int
  package let explanation: String

  /// The finding as an error of the file.
  package func error(file: String) -> FormatError {
    let place =
      switch kind {
      case .digest(let tensor): "tensor '\(tensor)'"
      case .padding: "padding"
      case .canonicalForm: "header"
      }
    return FormatError(file: file, place: place, offset: offset, explanation)
  }
}

/// What was looked at in a pack, and what was found.
package struct PackReport: Sendable {
  /// SHA-256 of the header, which names the whole model.
  package let digest: Digest
  package let tensorCount: Int
  /// Bytes of the tensors, all of which were hashed.
  package let tensorByteCount: Int
  /// In the order of the file; none where the pack is what it says.
  package let findings: [PackFinding]
}

extension PackFile {
  /// Hashes every tensor, and checks padding and the header's form; opening has checked all else.
  ///
  /// - Complexity: reads the whole file.
  package func verify(threads: Threads, progress: ByteProgress? = nil) -> PackReport {
    let tensorByteCount = header.rows.reduce(0) { $0 + $1.byteCount }
    let work = BlockWork(total: tensorByteCount, shown: tensorByteCount, progress: progress)
    let hashing = work.hashing(
      header.rows.map { Tensor(bytesOf: file, payloadStart + $0.offset..<payloadStart + $0.end) })
    threads.forEach(hashing.workerCount(threads)) { _, _ in hashing.run() }
    let digests = hashing.digests
    let findings =
      (canonicalFinding.map { [$0] } ?? [])
      + header.rows.indices.flatMap { [paddingFinding(before: $0), digestFinding(of: $0, digests[$0])] }
      .compactMap(\.self)
    return PackReport(
      digest: digest, tensorCount: header.rows.count, tensorByteCount: tensorByteCount,
      findings: findings.sorted { ($0.offset, $0.explanation) < ($1.offset, $1.explanation) })
  }

  private func paddingFinding(before index: Int) -> PackFinding? {
    let row = header.rows[index]
    let before = index == 0 ? headerEnd : payloadStart + header.rows[index - 1].end
    return file.bytes.extracting(before..<payloadStart + row.offset).firstNonzero.map {
      PackFinding(
        kind: .padding, offset: before + $0,
        explanation: "found a byte that is not zero, expected zeros before tensor '\(row.name)'")
    }
  }

  private func digestFinding(of index: Int, _ found: Digest) -> PackFinding? {
    let row = header.rows[index]
    guard found != row.sha256 else { return nil }
    return PackFinding(
      kind: .digest(tensor: row.name), offset: payloadStart + row.offset,
      explanation: "its SHA-256 is \(found), expected \(row.sha256): the tensor is damaged")
  }

  /// Where the header differs from what the model, written again, would have.
  private var canonicalFinding: PackFinding? {
    let start = PackLayout.prefixByteCount
    func finding(_ offset: Int, _ explanation: String) -> PackFinding {
      PackFinding(kind: .canonicalForm, offset: start + offset, explanation: explanation)
    }
    do throws(FormatError) {
      var again = try PackHeader(model, file: file.path)
      for index in again.rows.indices { again.rows[index].sha256 = header.rows[index].sha256 }
      let bytes = try PackEncoder.encode(again, file: file.path)
      let found = file.bytes.extracting(start..<headerEnd)
      let common = min(bytes.count, found.byteCount)
      // SAFETY: an array of bytes has no padding.
      let difference = unsafe bytes.span.bytes.extracting(0..<common)
        .firstDifference(from: found.extracting(0..<common))
      guard difference != nil || bytes.count != found.byteCount else { return nil }
      return finding(
        difference ?? common, "differs from the header that the same model, written again, would have")
    } catch { return finding(0, "cannot be written again: \(error.explanation)") }
  }
}
