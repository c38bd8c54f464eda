package import Bytes
package import Graphs

/// A symbol alone (`prefix-symbol.json`): a graph whose variables are all inputs.
package enum MXNetSymbolFile: Format {
  package static let name = "MXNet symbol JSON"

  /// An object is all that is asked for, so that what is missing in it is named.
  package static func recognises(_ file: MappedFile) -> Bool {
    var reader = ByteReader(file.bytes, file: file.path)
    while let byte = try? reader.read(UInt8.self, "first letter") {
      if byte == UInt8(ascii: "{") { return true }
      guard [0x20, 0x09, 0x0A, 0x0D].contains(byte) else { return false }
    }
    return false
  }

  package static func read(_ file: MappedFile, _ request: ReadRequest) throws(FormatError) -> Model {
    let document = try SymbolDocument(file)
    let isOld = document.version == .unsaid
    var model = Model(
      graph: try SymbolReader.graph(of: document),
      provenance: Provenance(
        sources: [Provenance.Source(file, format: name)],
        framework: isOld ? "MXNet" : "MXNet \(document.version)"))
    model.warnings = document.warnings
    return model
  }
}
