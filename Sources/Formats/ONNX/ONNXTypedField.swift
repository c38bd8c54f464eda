internal import Bytes
internal import Tensors

/// A field of TensorProto that holds numbers one by one.
enum ONNXTypedField: UInt64 {
  case float = 4
  case int32 = 5
  case int64 = 7
  case double = 10
  case uint64 = 11

  init?(_ field: UInt64) { self.init(rawValue: field) }

  /// Whether its elements stand in the file as in memory.
  var isFixed: Bool { self == .float || self == .double }

  /// Whether ONNX keeps elements of this type there.
  func holds(_ type: ElementType) -> Bool {
    switch (self, type) {
    case (.float, .float32), (.float, .complex64), (.double, .float64), (.double, .complex128),
      (.int64, .int64), (.uint64, .uint64), (.uint64, .uint32):
      true
    case (.int32, .float32), (.int32, .float64), (.int32, .complex64), (.int32, .complex128),
      (.int32, .int64), (.int32, .uint64), (.int32, .uint32), (.int32, .float6e2m3), (.int32, .float6e3m2):
      false
    case (.int32, _): true
    default: false
    }
  }

  /// Numbers that the field holds for a tensor: elements below a byte are packed, complex ones are two.
  func numbers(for layout: ONNXTensors.Layout) -> Int {
    switch self {
    case .float: layout.byteCount / 4
    case .double: layout.byteCount / 8
    case .int32 where layout.elementType.bitCount < 8: layout.byteCount
    case .int32, .int64, .uint64: layout.shape.count
    }
  }

  func count(
    _ pieces: [WireScan.Piece], in file: MappedFile, _ layout: ONNXTensors.Layout
  ) throws(FormatError) -> Int {
    var count = 0
    try forEach(pieces, in: file, layout) { _, _ in count += 1 }
    return count
  }

  /// - Precondition: there are as many numbers as the layout takes.
  func decode(
    _ pieces: [WireScan.Piece], in file: MappedFile, _ layout: ONNXTensors.Layout
  ) throws(FormatError) -> Tensor {
    try Tensor(layout.elementType, layout.shape) { bytes throws(FormatError) in
      var index = 0
      try forEach(pieces, in: file, layout) { number, offset throws(FormatError) in
        guard let bits = narrowed(number, layout.elementType) else {
          throw FormatError(
            file: file.path, place: layout.place, offset: offset,
            "element \(index) is \(Int64(bitPattern: number)), expected one of \(layout.elementType)")
        }
        switch self {
        case .float:
          bytes.storeBytes(of: UInt32(truncatingIfNeeded: bits), toByteOffset: 4 * index, as: UInt32.self)
        case .double: bytes.storeBytes(of: bits, toByteOffset: 8 * index, as: UInt64.self)
        case .int32, .int64, .uint64: store(bits, index, layout.elementType, &bytes)
        }
        index += 1
      }
    }
  }

  private func store(_ bits: UInt64, _ index: Int, _ type: ElementType, _ bytes: inout MutableRawSpan) {
    switch type.bitCount {
    case 64: bytes.storeBytes(of: bits, toByteOffset: 8 * index, as: UInt64.self)
    case 32: bytes.storeBytes(of: UInt32(truncatingIfNeeded: bits), toByteOffset: 4 * index, as: UInt32.self)
    case 16: bytes.storeBytes(of: UInt16(truncatingIfNeeded: bits), toByteOffset: 2 * index, as: UInt16.self)
    default: bytes.storeBytes(of: UInt8(truncatingIfNeeded: bits), toByteOffset: index, as: UInt8.self)
    }
  }

  /// The number's bits in an element of this type; nil where it does not fit.
  private func narrowed(_ number: UInt64, _ type: ElementType) -> UInt64? {
    guard self == .int32 else { return type == .uint32 && number > UInt32.max ? nil : number }
    // protobuf's int32 is the low half of what is written.
    let value = Int(Int32(truncatingIfNeeded: number))
    let range: ClosedRange<Int> =
      switch type {
      case .int8: -128...127
      case .int16: -32_768...32_767
      case .uint16: 0...65_535
      case .int32: Int(Int32.min)...Int(Int32.max)
      case .bool: 0...1
      // Bits; some writers take those of the upper half for negative numbers.
      case .float16, .bfloat16: -32_768...65_535
      case .uint8: 0...255
      default: -128...255
      }
    return range.contains(value) ? UInt64(bitPattern: Int64(value)) : nil
  }

  /// Gives each number's bits with its place in the file.
  private func forEach(
    _ pieces: [WireScan.Piece], in file: MappedFile, _ layout: ONNXTensors.Layout,
    _ body: (UInt64, Int) throws(FormatError) -> Void
  ) throws(FormatError) {
    for piece in pieces {
      if piece.hasKeys {
        try forEachKeyed(piece, in: file, body)
      } else {
        try forEachPacked(piece, in: file, layout, body)
      }
    }
  }

  private func forEachKeyed(
    _ piece: WireScan.Piece, in file: MappedFile, _ body: (UInt64, Int) throws(FormatError) -> Void
  ) throws(FormatError) {
    var reader = WireReader(file, piece.range)
    while !reader.isAtEnd {
      let offset = reader.offset
      let field: (number: UInt64, value: WireReader.Value)?
      do { field = try reader.next() } catch { throw FormatError(error) }
      switch field?.value {
      case .varint(let number): try body(number, offset)
      case .fixed32(let range), .fixed64(let range):
        try forEachFixed(WireScan.Piece(field: piece.field, hasKeys: false, range: range), in: file, body)
      case .run, nil: return
      }
    }
  }

  private func forEachPacked(
    _ piece: WireScan.Piece, in file: MappedFile, _ layout: ONNXTensors.Layout,
    _ body: (UInt64, Int) throws(FormatError) -> Void
  ) throws(FormatError) {
    if isFixed {
      let size = self == .float ? 4 : 8
      guard piece.range.count % size == 0 else {
        throw FormatError(
          file: file.path, place: layout.place, offset: piece.range.lowerBound,
          "found \(piece.range.count) bytes of numbers, expected a multiple of \(size)")
      }
      try forEachFixed(piece, in: file, body)
      return
    }
    var reader = WireReader(file, piece.range)
    while !reader.isAtEnd {
      let offset = reader.offset
      let number: UInt64
      do { number = try reader.varint() } catch {
        throw FormatError(file: file.path, place: layout.place, offset: offset, error.explanation)
      }
      try body(number, offset)
    }
  }

  /// - Precondition: the range is a whole number of elements long.
  private func forEachFixed(
    _ piece: WireScan.Piece, in file: MappedFile, _ body: (UInt64, Int) throws(FormatError) -> Void
  ) throws(FormatError) {
    var reader = ByteReader(
      file.bytes.extracting(piece.range), file: file.path, origin: piece.range.lowerBound)
    while reader.remaining > 0 {
      let offset = reader.offset
      let bits: UInt64
      do {
        bits =
          self == .float
          ? UInt64(try reader.read(UInt32.self, "float")) : try reader.read(UInt64.self, "double")
      } catch { throw FormatError(error) }
      try body(bits, offset)
    }
  }
}
