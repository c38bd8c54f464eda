package import Bytes
package import Tensors

/// One array in numpy's format, mapped: its name is the file's without the ending.
package struct NPYFile: TensorSource {
  private let array: Tensor
  package let names: [String]
  package var metadata: [String: String] { [:] }

  package static func recognises(_ file: MappedFile) -> Bool {
    var reader = ByteReader(file.bytes, file: file.path)
    return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59].allSatisfy { (try? reader.read(UInt8.self, "magic")) == $0 }
  }

  /// - Throws: `FormatError` where the head is damaged or describes more than the file holds, or no numbers.
  package init(_ file: MappedFile) throws(FormatError) {
    let header = try NPYHeader(file.bytes, file: file.path, place: "array")
    guard case .numbers(let type) = header.content else {
      throw FormatError(file: file.path, "holds texts, expected numbers")
    }
    guard let elements = header.elementByteCount, header.byteCount.plusChecked(elements) == file.byteCount
    else {
      throw FormatError(
        file: file.path, "has \(file.byteCount) bytes, its shape \(header.shape) needs another number of them"
      )
    }
    array = Tensor(
      mapped: file, range: header.byteCount..<file.byteCount, elementType: type, shape: header.shape)
    let name = file.path.split(separator: "/").last ?? ""
    names = [String(name.hasSuffix(".npy") ? name.dropLast(4) : name)]
  }

  package func header(of name: String) -> (elementType: ElementType, shape: Shape)? {
    names.contains(name) ? (array.elementType, array.shape) : nil
  }

  package func tensor(named name: String) -> Tensor? { names.contains(name) ? array : nil }
}
