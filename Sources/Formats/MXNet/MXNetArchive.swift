package import Bytes
package import Graphs

/// A zip of `.npy` files, as MXNet 2 saves parameters: recognised, and refused with what to do.
package enum MXNetArchive: Format {
  package static let name = "MXNet 2 parameters"

  /// A zip whose first member ends in `.npy`; other zip files are for other formats.
  package static func recognises(_ file: MappedFile) -> Bool {
    var reader = ByteReader(file.bytes, file: file.path)
    guard let signature = try? reader.read(UInt32.self, "signature") else { return false }
    if signature == 0x0605_4B50 { return file.path.hasSuffix(".params") }  // an empty zip
    guard signature == 0x0403_4B50, (try? reader.skip(22, "member")) != nil,
      let length = try? reader.read(UInt16.self, "name length"), (try? reader.skip(2, "extra")) != nil,
      let member = try? reader.text(Int(length), "member name")
    else { return false }
    return member.hasSuffix(".npy")
  }

  package static func read(_ file: MappedFile, _ request: ReadRequest) throws(FormatError) -> Model {
    throw FormatError(
      file: file.path,
      "this is a zip of .npy files, as numpy and MXNet 2 write them; dcnconv reads the lists of arrays that "
        + "MXNet 0.5 to 1.9 wrote. Load it with numpy.load, and save it with mx.nd.save of MXNet 1.9")
  }
}
