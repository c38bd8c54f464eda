package import Bytes
package import Graphs

/// A file format that models are read from.
package protocol Format: Sendable {
  /// The name that people see: `MXNet NDArray list`.
  static var name: String { get }

  /// Whether the file's content is of this format; its name says nothing.
  static func recognises(_ file: MappedFile) -> Bool

  /// - Throws: `FormatError` with the place in the file.
  static func read(_ file: MappedFile, _ request: ReadRequest) throws(FormatError) -> Model
}

/// What a caller wants of a reader beyond the file.
package struct ReadRequest: Sendable {
  /// The symbol JSON that goes with an MXNet checkpoint; nil looks beside the file, as MXNet names the pair.
  package var symbolPath: String?
  /// Whether a companion is looked for at all.
  package var findsCompanions: Bool

  package init(symbolPath: String? = nil, findsCompanions: Bool = true) {
    self.symbolPath = symbolPath
    self.findsCompanions = findsCompanions
  }
}

/// Every format that models are read from; one line each, and nothing else to register.
package enum FormatTable {
  package static let all: [any Format.Type] = [
    MXNetCheckpoint.self,
    MXNetSymbolFile.self,
    MXNetArchive.self,
    PackFormat.self,
    ONNXFormat.self,  // last: protobuf has no magic number
  ]

  /// Reads a model whose format its content tells.
  ///
  /// - Throws: `FormatError` where no format fits, or the one that fits finds a fault.
  package static func read(
    path: String, _ request: ReadRequest = ReadRequest()
  ) throws(FormatError) -> Model {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw FormatError(error) }
    guard let format = all.first(where: { $0.recognises(file) }) else {
      let names = all.map { $0.name }.joined(separator: ", ")
      throw FormatError(file: path, "no format that dcnconv reads (expected one of: \(names))")
    }
    return try format.read(file, request)
  }
}
