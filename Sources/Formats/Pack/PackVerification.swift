internal import Bytes
internal import Graphs
internal import Synchronization
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
    let findings = Mutex<[PackFinding]>(canonicalFinding.map { [$0] } ?? [])
    let order = header.rows.indices.sorted {
      (header.rows[$1].byteCount, $0) < (header.rows[$0].byteCount, $1)
    }
    threads.forEach(order.count) { piece, _ in
      let found = check(row: order[piece], work)
      if !found.isEmpty { findings.withLock { $0 += found } }
    }
    let sorted = findings.withLock { $0 }.sorted { ($0.offset, $0.explanation) < ($1.offset, $1.explanation) }
    return PackReport(
      digest: digest, tensorCount: header.rows.count, tensorByteCount: tensorByteCount, findings: sorted)
  }

  private func check(row index: Int, _ work: BlockWork) -> [PackFinding] {
    let row = header.rows[index]
    var findings: [PackFinding] = []
    let start = payloadStart + row.offset
    let before = index == 0 ? headerEnd : payloadStart + header.rows[index - 1].end
    if let bad = file.bytes.extracting(before..<start).firstNonzero {
      findings.append(
        PackFinding(
          kind: .padding, offset: before + bad,
          explanation: "found a byte that is not zero, expected zeros before tensor '\(row.name)'"))
    }
    let bytes = file.bytes.extracting(start..<start + row.byteCount)
    let digest = work.digest(of: bytes)
    if digest != row.sha256 {
      findings.append(
        PackFinding(
          kind: .digest(tensor: row.name), offset: start,
          explanation: "its SHA-256 is \(digest), expected \(row.sha256): the tensor is damaged"))
    }
    return findings
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
