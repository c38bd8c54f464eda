package import Bytes
package import Graphs

/// ONNX models: a protobuf ModelProto, IR versions 3 to 14, operator sets from 7 on.
package enum ONNXFormat: Format {
  package static let name = "ONNX"

  /// Protobuf has no magic number: a file is taken for one where its fields are those of a ModelProto, with a
  /// version and a graph.
  ///
  /// A file that begins so and breaks off is one as well: its reader says where.
  package static func recognises(_ file: MappedFile) -> Bool {
    var reader = WireReader(file, 0..<file.byteCount)
    var hasVersion = false
    var hasGraph = false
    do {
      while let (number, value) = try reader.next() {
        switch (number, value) {
        case (1, .varint(let version)) where version >= 1 && version < 256: hasVersion = true
        case (7, .run): hasGraph = true
        case (5, .varint), (2, .run), (3, .run), (4, .run), (6, .run), (8, .run), (14, .run), (20, .run),
          (25, .run), (26, .run):
          continue
        default: return false
        }
      }
    } catch {
      return hasVersion
    }
    return hasVersion && hasGraph
  }

  package static func read(_ file: MappedFile, _ request: ReadRequest) throws(FormatError) -> Model {
    let document: ONNXDocument
    do { document = try ONNXDocument(file) } catch { throw FormatError(error) }
    var reader = ONNXReader(file, document)
    return try reader.model()
  }
}
