internal import Bytes
internal import Tensors

/// Where the parts of one array lie; its elements have not been touched.
struct NDArrayLayout {
  /// A block of numbers in the file.
  struct Block {
    let elementType: ElementType
    let shape: Shape
    /// Bytes of the file.
    let range: Range<Int>
  }

  let version: NDArrayList.Version
  let storage: NDArrayList.Storage
  /// The array's own shape; nil for one that was never allocated.
  let shape: Shape?
  /// All elements, or those that a sparse array stores; nil for one that was never allocated.
  let values: Block?
  /// The indices of a sparse array: row numbers, or row pointers and column numbers.
  let indices: [Block]
}

/// Walks over a list of arrays, from header to header.
struct NDArrayListParser: ~Escapable {
  private var reader: ByteReader
  /// The array that is being read, for errors: `array 3 of 12`.
  private var place = ""

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, file: String) {
    reader = ByteReader(bytes, file: file)
  }

  var remaining: Int { reader.remaining }

  @_lifetime(self: copy self)
  mutating func arrays() throws(ByteError) -> [NDArrayLayout] {
    let start = reader.offset
    let magic = try reader.read(UInt64.self, "magic")
    guard magic == NDArrayList.magic else {
      throw error(at: start, "magic", found: hexadecimal(magic), expected: "0x112, an NDArray list")
    }
    _ = try reader.read(UInt64.self, "reserved word")
    // The shortest array, an unallocated one of version 0, is one word.
    let count = try self.count("number of arrays", bytesEach: 4)
    var layouts: [NDArrayLayout] = []
    for number in 0..<count {
      place = "array \(number) of \(count)"
      layouts.append(try array())
    }
    place = ""
    return layouts
  }

  /// The names, one for each array; `0`, `1`, … where the file has none.
  @_lifetime(self: copy self)
  mutating func names(count: Int) throws(ByteError) -> [String] {
    let start = reader.offset
    let announced = try self.count("number of names", bytesEach: 8)
    if announced == 0 { return (0..<count).map(String.init) }
    guard announced == count else {
      throw error(
        at: start, "number of names", found: "\(announced)", expected: "0 or \(count), as there are arrays")
    }
    var names: [String] = []
    var numbers: [String: Int] = [:]
    for number in 0..<count {
      let field = "name of array \(number)"
      let start = reader.offset
      let length = try reader.read(UInt64.self, field)
      guard length <= Limits.nameBytes else {
        let found = "a name of \(length) bytes"
        throw ByteError(
          .limit(name: "nameBytes", found: found, limit: Limits.nameBytes), file: reader.file,
          offset: start, field: field)
      }
      let name = try reader.text(Int(length), field)
      if let other = numbers.updateValue(number, forKey: name) {
        throw error(at: start, field, found: "'\(name)', which array \(other) has", expected: "another name")
      }
      names.append(name)
    }
    return names
  }

  /// A count that the rest of the file has room for.
  @_lifetime(self: copy self)
  private mutating func count(_ field: String, bytesEach size: Int) throws(ByteError) -> Int {
    let start = reader.offset
    let count = try reader.read(UInt64.self, field)
    guard count <= reader.remaining / size else {
      throw error(
        at: start, field, found: "\(count)",
        expected: "at most \(reader.remaining / size) in the remaining \(reader.remaining) bytes")
    }
    guard count <= Limits.tensors else {
      throw ByteError(
        .limit(name: "tensors", found: "\(count)", limit: Limits.tensors), file: reader.file,
        offset: start, field: field)
    }
    return Int(count)
  }

  // MARK: One array

  @_lifetime(self: copy self)
  private mutating func array() throws(ByteError) -> NDArrayLayout {
    let start = reader.offset
    let word = try reader.read(UInt32.self, "\(place), magic")
    switch word {
    case 0xF993_FACA: return try typedArray(.v3)
    case 0xF993_FAC9: return try typedArray(.v2)
    case 0xF993_FAC8:
      return try rest(.v1, .dense, try shape("shape", isNumpy: false))
    case ...UInt32(Limits.dimensions):
      return try rest(.v0, .dense, try legacyShape(rank: Int(word)))
    default:
      throw error(
        at: start, "\(place), magic", found: hexadecimal(UInt64(word)),
        expected: "0xf993fac8 to 0xf993faca, or up to \(Limits.dimensions) dimensions of a version 0 array")
    }
  }

  /// What follows the shape: context, type, indices of sparse arrays, elements.
  @_lifetime(self: copy self)
  private mutating func rest(
    _ version: NDArrayList.Version, _ storage: NDArrayList.Storage, _ shape: Shape?, stored: Shape? = nil
  ) throws(ByteError) -> NDArrayLayout {
    guard let shape else {
      return NDArrayLayout(version: version, storage: storage, shape: nil, values: nil, indices: [])
    }
    // The device that the array was on when it was saved: of no meaning here.
    try reader.skip(8, "\(place), context")
    let elementType = try self.elementType("type flag")
    var headers: [(elementType: ElementType, shape: Shape)] = []
    if storage != .dense {
      for field in storage == .csr ? ["row pointers", "column numbers"] : ["row numbers"] {
        let type = try self.elementType("type flag of \(field)", isIndex: true)
        headers.append((type, try self.shape("shape of \(field)", isNumpy: true) ?? []))
      }
    }
    let values = try block("data", elementType, stored ?? shape)
    var indices: [NDArrayLayout.Block] = []
    for header in headers { indices.append(try block("indices", header.elementType, header.shape)) }
    return NDArrayLayout(
      version: version, storage: storage, shape: shape, values: values, indices: indices)
  }

  /// An array of version 2 or 3, which begins with its storage type.
  @_lifetime(self: copy self)
  private mutating func typedArray(_ version: NDArrayList.Version) throws(ByteError) -> NDArrayLayout {
    let start = reader.offset
    let type = try reader.read(Int32.self, "\(place), storage type")
    guard type == -1 || type == 0 || version == .v2 && (1...2).contains(type) else {
      throw storageFault(type, version, at: start)
    }
    let storage = NDArrayList.Storage(rawValue: type) ?? .dense
    let stored = storage == .dense ? nil : try shape("shape of stored values", isNumpy: true)
    let shape = try shape("shape", isNumpy: version == .v3)
    // Only an array that was never allocated may say -1, undefined.
    guard type != -1 || shape == nil else { throw storageFault(type, version, at: start) }
    return try rest(version, storage, shape, stored: stored)
  }

  private func storageFault(_ type: Int32, _ version: NDArrayList.Version, at offset: Int) -> ByteError {
    error(
      at: offset, "\(place), storage type", found: "\(type)",
      expected: version == .v3 ? "0 (dense) in version 3" : "0 (dense), 1 (row_sparse) or 2 (csr)")
  }

  @_lifetime(self: copy self)
  private mutating func elementType(_ field: String, isIndex: Bool = false) throws(ByteError) -> ElementType {
    let start = reader.offset
    let flag = try reader.read(Int32.self, "\(place), \(field)")
    let type = ElementType(mxnetFlag: Int(flag))
    guard let type, !isIndex || type == .int64 || type == .int32 else {
      throw error(
        at: start, "\(place), \(field)", found: "\(flag)\(type.map { " (\($0))" } ?? "")",
        expected: isIndex ? "6 (int64) or 4 (int32)" : "0 to 12, a type of MXNet's")
    }
    return type
  }

  @_lifetime(self: copy self)
  private mutating func block(
    _ field: String, _ elementType: ElementType, _ shape: Shape
  ) throws(ByteError) -> NDArrayLayout.Block {
    let start = reader.offset
    guard let byteCount = elementType.byteCount(of: shape.count) else {
      throw error(
        at: start, "\(place), \(field)", found: "shape \(shape)", expected: "bytes that can be counted")
    }
    try reader.skip(byteCount, "\(place), \(field) of shape \(shape)")
    return NDArrayLayout.Block(elementType: elementType, shape: shape, range: start..<start + byteCount)
  }

  // MARK: Shapes

  /// An `i32` count and as many `i64` dimensions; nil where it says that the array was never allocated.
  @_lifetime(self: copy self)
  private mutating func shape(_ field: String, isNumpy: Bool) throws(ByteError) -> Shape? {
    let start = reader.offset
    let rank = try reader.read(Int32.self, "\(place), \(field)")
    if rank == (isNumpy ? -1 : 0) { return nil }
    guard rank >= 0, rank <= Limits.dimensions else {
      throw error(
        at: start, "\(place), \(field)", found: "\(rank) dimensions",
        expected: "\(isNumpy ? -1 : 0) to \(Limits.dimensions)")
    }
    var dimensions: [Int] = []
    for axis in 0..<rank {
      dimensions.append(Int(try reader.read(Int64.self, "\(place), dimension \(axis) of \(field)")))
    }
    return try checked(dimensions, field, start)
  }

  /// The `u32` dimensions of version 0; nil where there are none.
  @_lifetime(self: copy self)
  private mutating func legacyShape(rank: Int) throws(ByteError) -> Shape? {
    if rank == 0 { return nil }
    let start = reader.offset
    var dimensions: [Int] = []
    for axis in 0..<rank {
      dimensions.append(Int(try reader.read(UInt32.self, "\(place), dimension \(axis) of shape")))
    }
    return try checked(dimensions, "shape", start)
  }

  private func checked(_ dimensions: [Int], _ field: String, _ start: Int) throws(ByteError) -> Shape {
    if let shape = Shape(checking: dimensions) { return shape }
    throw error(
      at: start, "\(place), \(field)", found: "\(dimensions)",
      expected: "dimensions from 0 up whose product can be counted")
  }

  private func error(at offset: Int, _ field: String, found: String, expected: String) -> ByteError {
    ByteError(
      .content(found: found, expected: expected), file: reader.file, offset: offset, field: field)
  }
}

private func hexadecimal(_ word: UInt64) -> String { "0x" + String(word, radix: 16) }
