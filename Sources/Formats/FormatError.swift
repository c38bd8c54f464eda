package import Bytes

/// A fault of a file in one of the formats: what was found, what was expected, where, and what to do.
package struct FormatError: Fault, Equatable {
  package let blame: Blame
  package let file: String
  /// The part of the file: `node 12 'conv1'`, `tensor 'arg:w'`; empty for the file as a whole.
  package let place: String
  /// Bytes from the start of the file, where the fault has one place.
  package let offset: Int?
  /// What was found and expected, and where it helps what to do.
  package let explanation: String

  package init(
    _ blame: Blame = .content, file: String, place: String = "", offset: Int? = nil, _ explanation: String
  ) {
    self.blame = blame
    self.file = file
    self.place = place
    self.offset = offset
    self.explanation = explanation
  }

  package init(_ error: ByteError) {
    self.init(
      error.blame, file: error.file, place: error.field, offset: error.offset, error.explanation)
  }

  /// Runs a body whose faults are those of bytes.
  ///
  /// - Throws: the fault as one of a format.
  package static func wrapping<R: ~Copyable>(
    _ body: () throws(ByteError) -> R
  ) throws(FormatError) -> R {
    do throws(ByteError) { return try body() } catch { throw FormatError(error) }
  }

  package var description: String {
    let place = [place.escapedForDisplay, offset.map { "at byte \($0)" } ?? ""]
      .filter { !$0.isEmpty }.joined(separator: " ")
    return file.escapedForDisplay + ": " + (place.isEmpty ? "" : place + ": ")
      + explanation.escapedForDisplay
  }
}
