internal import Bytes
internal import Operators
internal import Tensors

/// Makes tensors of their descriptions: mapped where the bytes lie as they are needed, else decoded.
struct ONNXTensors {
  let file: MappedFile
  var external: ExternalData
  /// Bytes that may still be decoded into memory.
  private var budget = Limits.decodedTensorBytes

  init(_ file: MappedFile) {
    self.file = file
    external = ExternalData(model: file.path)
  }

  func error(_ place: String, _ explanation: String) -> FormatError {
    FormatError(file: file.path, place: place, offset: nil, explanation)
  }

  /// - Parameter place: `initializer 'w'`, for errors.
  /// - Throws: `FormatError` where type, shape and payload do not fit each other.
  mutating func tensor(_ entry: ONNXDocument.TensorEntry, _ place: String) throws(FormatError) -> Tensor {
    guard let elementType = ElementType(onnx: entry.dataType) else {
      let found = entry.dataType == 8 ? "texts" : "element type \(entry.dataType)"
      throw error(place, "found \(found), expected numbers (TensorProto.DataType 1 to 28 without 8)")
    }
    let shape = try shape(entry.dimensions, place)
    guard let byteCount = elementType.byteCount(of: shape.count) else {
      throw error(place, "found \(elementType) \(shape), expected a size that fits in memory")
    }
    let layout = Layout(elementType: elementType, shape: shape, byteCount: byteCount, place: place)
    if let external = entry.external { return try self.external(external, layout) }
    let pieces = entry.pieces.filter { $0.field != 0 }
    guard let first = pieces.first else {
      guard byteCount == 0 else { throw error(place, "found no payload, expected \(byteCount) bytes") }
      return try mapped(0..<0, layout)
    }
    guard pieces.allSatisfy({ $0.field == first.field }) else {
      throw error(place, "found the payload in several fields, expected one")
    }
    if first.field == 9 { return try mapped(first.range, layout) }
    return try typed(pieces, field: first.field, layout)
  }

  /// What a payload has to be.
  struct Layout {
    let elementType: ElementType
    let shape: Shape
    let byteCount: Int
    let place: String
  }

  func shape(_ dimensions: [Int64], _ place: String) throws(FormatError) -> Shape {
    guard dimensions.count <= Limits.dimensions else {
      throw error(place, "found \(dimensions.count) dimensions, expected at most \(Limits.dimensions)")
    }
    guard let shape = Shape(checking: dimensions.map(Int.init)) else {
      throw error(place, "found shape \(dimensions), expected sizes from 0 whose product fits in 64 bits")
    }
    return shape
  }

  private func mapped(_ range: Range<Int>, _ layout: Layout) throws(FormatError) -> Tensor {
    guard range.count == layout.byteCount else {
      throw FormatError(
        file: file.path, place: layout.place, offset: range.lowerBound,
        "\(layout.elementType) \(layout.shape) takes \(layout.byteCount) bytes, found \(range.count)")
    }
    return Tensor(mapped: file, range: range, elementType: layout.elementType, shape: layout.shape)
  }

  // MARK: External data

  private mutating func external(
    _ entries: [(key: String, value: String)], _ layout: Layout
  ) throws(FormatError) -> Tensor {
    func number(_ key: String) throws(FormatError) -> Int? {
      guard let text = entries.last(where: { $0.key == key })?.value else { return nil }
      guard let number = Int(text), number >= 0, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
        throw error(layout.place, "found external \(key) '\(text)', expected a number from 0")
      }
      return number
    }
    guard let location = entries.last(where: { $0.key == "location" })?.value else {
      throw error(layout.place, "found external data without a location, expected a file's name")
    }
    let offset = try number("offset") ?? 0
    if let length = try number("length"), length != layout.byteCount {
      throw error(
        layout.place,
        "\(layout.elementType) \(layout.shape) takes \(layout.byteCount) bytes, found external length \(length)"
      )
    }
    let data = try external.file(at: location)
    guard let end = offset.plusChecked(layout.byteCount), end <= data.byteCount else {
      throw error(
        layout.place,
        "needs \(layout.byteCount) bytes at byte \(offset) of '\(location)', which has \(data.byteCount)")
    }
    return Tensor(
      mapped: data, range: offset..<end, elementType: layout.elementType, shape: layout.shape)
  }

  // MARK: Typed fields

  private mutating func typed(
    _ pieces: [WireScan.Piece], field: UInt64, _ layout: Layout
  ) throws(FormatError) -> Tensor {
    guard let encoding = ONNXTypedField(field), encoding.holds(layout.elementType) else {
      throw error(
        layout.place,
        "found \(layout.elementType) in field \(field), expected raw_data or the field for that type")
    }
    // Floats of one run lie in the file as they are needed.
    if encoding.isFixed, pieces.count == 1, let piece = pieces.first, !piece.hasKeys {
      return try mapped(piece.range, layout)
    }
    guard layout.byteCount <= budget else {
      throw error(
        layout.place,
        "takes \(layout.byteCount) bytes when decoded, \(budget) are left of "
          + "\(Limits.decodedTensorBytes): store large tensors as raw_data")
    }
    // Before memory is taken for them, there must be as many elements as the shape says.
    let count = try encoding.count(pieces, in: file, layout)
    let expected = encoding.numbers(for: layout)
    guard count == expected else {
      throw error(
        layout.place, "\(layout.elementType) \(layout.shape) takes \(expected) numbers, found \(count)")
    }
    budget -= layout.byteCount
    return try encoding.decode(pieces, in: file, layout)
  }
}
