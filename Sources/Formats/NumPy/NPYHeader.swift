internal import Bytes
internal import Tensors

/// The head of one array in numpy's format (numpy `lib.format`, versions 1 to 3).
///
///     0   6 bytes   0x93 'NUMPY'
///     6   u8 u8     version
///     8   u16       length of the text (version 1), or u32 (later)
///         text      {'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }
struct NPYHeader {
  enum Content {
    case numbers(ElementType)
    /// UTF-32 texts of this many characters each.
    case text(Int)
  }

  let content: Content
  let shape: Shape
  /// Bytes from the start of the array to its elements.
  let byteCount: Int

  /// Longer texts than this describe no array that a trace holds.
  static let maximumTextBytes = 64 << 10

  /// Element types by numpy's name for them, without the order of bytes.
  static let types: [String: ElementType] = [
    "f2": .float16, "f4": .float32, "f8": .float64, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
    "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "b1": .bool,
  ]

  /// Bytes of the elements; nil where that does not fit.
  var elementByteCount: Int? {
    switch content {
    case .numbers(let type): type.byteCount(of: shape.count)
    case .text(let length): shape.count.timesChecked(length).flatMap { $0.timesChecked(4) }
    }
  }

  /// - Parameter place: how errors name the array: `member 'inputs/data.npy'`.
  /// - Throws: `FormatError` where the bytes are no header, or one of elements that are not read.
  init(_ bytes: RawSpan, file: String, place: String) throws(FormatError) {
    do throws(ByteError) {
      var reader = ByteReader(bytes, file: file)
      for expected: UInt8 in [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59] {
        guard try reader.read(UInt8.self, place) == expected else {
          throw reader.error(.content(found: "other bytes", expected: "numpy's magic number"), place)
        }
      }
      let version = try reader.read(UInt8.self, place)
      try reader.skip(1, place)
      let length =
        version == 1 ? Int(try reader.read(UInt16.self, place)) : Int(try reader.read(UInt32.self, place))
      guard (1...3).contains(version), length <= Self.maximumTextBytes else {
        throw reader.error(
          .content(found: "version \(version), \(length) bytes", expected: "version 1 to 3"), place)
      }
      let text = try reader.text(length, place)
      byteCount = reader.position
      guard let header = PythonDictionary(text) else {
        throw reader.error(.content(found: text, expected: "numpy's description of an array"), place)
      }
      guard header.isFortranOrder == false || header.shape.count <= 1 else {
        throw reader.error(
          .content(found: "Fortran order", expected: "C order (save numpy.ascontiguousarray(x))"), place)
      }
      guard let shape = Shape(checking: header.shape), header.shape.count <= Limits.dimensions else {
        throw reader.error(.content(found: "shape \(header.shape)", expected: "a shape that fits"), place)
      }
      self.shape = shape
      content = try Self.content(header.descriptor, reader, place)
    } catch {
      throw FormatError(error)
    }
  }

  private static func content(
    _ descriptor: String, _ reader: borrowing ByteReader, _ place: String
  ) throws(ByteError) -> Content {
    let order = descriptor.first ?? "?"
    let rest = String(descriptor.dropFirst())
    if order == "<" || order == "|" || order == "=" {
      if let type = Self.types[rest] { return .numbers(type) }
      if rest.first == "U", let length = Int(rest.dropFirst()), length >= 0 { return .text(length) }
    }
    let expected =
      switch order {
      case ">": "little-endian elements (save x.astype(x.dtype.newbyteorder('<')))"
      default: "numbers: object arrays and structures are never read"
      }
    throw reader.error(.content(found: "elements '\(descriptor)'", expected: expected), place)
  }
}

/// The Python literal in a header: a dictionary of a text, a boolean and a tuple.
private struct PythonDictionary {
  private(set) var descriptor = ""
  private(set) var isFortranOrder: Bool?
  private(set) var shape: [Int] = []

  init?(_ text: String) {
    var rest = Substring(text)
    func skipBlanks() { rest = rest.drop { $0 == " " || $0 == "\n" } }
    func take(_ token: String) -> Bool {
      skipBlanks()
      guard rest.hasPrefix(token) else { return false }
      rest.removeFirst(token.count)
      return true
    }
    func quoted() -> String? {
      guard take("'"), let end = rest.firstIndex(of: "'") else { return nil }
      defer { rest = rest[rest.index(after: end)...] }
      return String(rest[..<end])
    }
    var keys: Set<String> = []
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = quoted(), keys.insert(key).inserted, take(":") else { return nil }
      switch key {
      case "descr":
        guard let text = quoted() else {
          // A structured type is a list.
          descriptor = "[…]"
          guard let end = rest.firstIndex(of: "]") else { return nil }
          rest = rest[rest.index(after: end)...]
          break
        }
        descriptor = text
      case "fortran_order":
        if take("True") {
          isFortranOrder = true
        } else if take("False") {
          isFortranOrder = false
        } else {
          return nil
        }
      case "shape":
        guard take("(") else { return nil }
        while !take(")") {
          skipBlanks()
          let digits = rest.prefix { $0.isASCII && $0.isNumber }
          guard let number = Int(digits) else { return nil }
          rest.removeFirst(digits.count)
          shape.append(number)
          // Python 2 wrote long numbers with an L.
          _ = take("L")
          _ = take(",")
        }
      default: return nil
      }
      _ = take(",")
    }
    guard keys.count == 3 else { return nil }
  }
}
