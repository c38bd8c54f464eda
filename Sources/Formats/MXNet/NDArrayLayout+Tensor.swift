internal import Bytes
internal import Tensors

extension NDArrayLayout {
  /// The array as a dense tensor: a slice of the file, or a copy where it was sparse.
  ///
  /// MXNet itself never checks the indices of sparse arrays, and reads out of bounds where they lie.
  ///
  /// - Parameter densified: bytes that this file's sparse arrays have taken so far.
  /// - Throws: `ByteError` where indices do not fit the shape, or the dense form is beyond its limit.
  func tensor(in file: MappedFile, name: String, densified: inout Int) throws(ByteError) -> Tensor? {
    guard let shape, let values else { return nil }
    if storage == .dense {
      return Tensor(
        mapped: file, range: values.range, elementType: values.elementType, shape: shape)
    }
    let place = "array '\(name)' (\(storage.name))"
    let byteCount = values.elementType.byteCount(of: shape.count).flatMap { densified.plusChecked($0) }
    // A file of a few bytes may not ask for much memory; one that stores much may take more.
    let limit = Limits.densifiedBytes.plusChecked(file.byteCount.timesChecked(16) ?? .max) ?? .max
    guard let byteCount, byteCount <= limit else {
      throw ByteError(
        .limit(name: "densifiedBytes", found: "dense shape \(shape)", limit: limit),
        file: file.path, offset: values.range.lowerBound, field: place)
    }
    densified = byteCount
    let sparse = SparseArray(file: file, place: place, shape: shape, values: values)
    return storage == .csr
      ? try sparse.scatteredElements(pointers: indices[0], columns: indices[1])
      : try sparse.scatteredRows(indices[0])
  }
}

/// A sparse array of a mapped file on its way to a dense tensor.
private struct SparseArray {
  let file: MappedFile
  let place: String
  let shape: Shape
  let values: NDArrayLayout.Block

  /// Of `row_sparse`: values `[K, …]` go to K rows of the shape `[R, …]`.
  func scatteredRows(_ block: NDArrayLayout.Block) throws(ByteError) -> Tensor {
    let stored = values.shape
    guard shape.rank >= 1, stored.dimensions.dropFirst() == shape.dimensions.dropFirst(),
      block.shape == [stored.rank > 0 ? stored[0] : 0]
    else {
      throw error(
        values.range.lowerBound,
        found: "values \(stored) and row numbers \(block.shape) for shape \(shape)",
        expected: "as many rows of values as row numbers, as long as the shape's")
    }
    let rows = try numbers(block, below: shape[0], "row number")
    let size = rows.isEmpty ? 0 : values.range.count / rows.count
    let bytes = file.bytes.extracting(values.range)
    return Tensor(values.elementType, shape) { dense in
      for (index, row) in rows.enumerated() {
        dense.copy(bytes.extracting(index * size..<(index + 1) * size), toByteOffset: row * size)
      }
    }
  }

  /// Of `csr`: row r of the shape `[R, C]` has the values and columns from `pointers[r]` to `pointers[r + 1]`.
  func scatteredElements(
    pointers: NDArrayLayout.Block, columns: NDArrayLayout.Block
  ) throws(ByteError) -> Tensor {
    guard shape.rank == 2, values.shape.rank == 1, columns.shape == values.shape,
      pointers.shape.rank == 1, pointers.shape[0] - 1 == shape[0]
    else {
      let blocks = "row pointers \(pointers.shape), columns \(columns.shape)"
      throw error(
        values.range.lowerBound, found: "values \(values.shape), \(blocks) for shape \(shape)",
        expected: "two dimensions, a pointer more than rows, as many columns as values")
    }
    let ends = try rowEnds(pointers, count: values.shape[0])
    let size = values.elementType.bitCount / 8
    let bytes = file.bytes.extracting(values.range)
    var places: [Int] = []
    for row in 0..<shape[0] {
      let inRow = try numbers(columns, ends[row]..<ends[row + 1], below: shape[1], "column number")
      places += inRow.map { row * shape[1] + $0 }
    }
    return Tensor(values.elementType, shape) { dense in
      for (index, place) in places.enumerated() {
        dense.copy(bytes.extracting(index * size..<(index + 1) * size), toByteOffset: place * size)
      }
    }
  }

  /// Row pointers, which rise from 0 to the count of values.
  private func rowEnds(_ block: NDArrayLayout.Block, count: Int) throws(ByteError) -> [Int] {
    var reader = try indices(block, 0..<block.shape[0])
    var ends: [Int] = []
    for row in 0..<block.shape[0] {
      let start = reader.offset
      let end = try reader.index(block.elementType)
      let isLast = row == block.shape[0] - 1
      guard end >= (ends.last ?? 0), end <= count, row > 0 || end == 0, !isLast || end == count else {
        throw error(
          start, found: "row pointer \(end)", expected: "pointers that rise from 0 to \(count), the values")
      }
      ends.append(end)
    }
    return ends
  }

  /// Indices that rise and stay below a bound, as MXNet's own `check_format` asks for.
  private func numbers(
    _ block: NDArrayLayout.Block, _ range: Range<Int>? = nil, below bound: Int, _ what: String
  ) throws(ByteError) -> [Int] {
    let range = range ?? 0..<block.shape[0]
    var reader = try indices(block, range)
    var numbers: [Int] = []
    for _ in range {
      let start = reader.offset
      let number = try reader.index(block.elementType)
      guard number < bound, number > numbers.last ?? -1 else {
        throw error(
          start, found: "\(what) \(number)" + (numbers.last.map { " behind \($0)" } ?? ""),
          expected: "rising numbers below \(bound)")
      }
      numbers.append(number)
    }
    return numbers
  }

  /// A cursor over some of a block's indices.
  @_lifetime(borrow self)
  private func indices(
    _ block: NDArrayLayout.Block, _ range: Range<Int>
  ) throws(ByteError) -> ByteReader {
    let size = block.elementType.bitCount / 8
    let start = block.range.lowerBound + range.lowerBound * size
    return ByteReader(
      file.bytes.extracting(start..<start + range.count * size), file: file.path, origin: start)
  }

  private func error(_ offset: Int, found: String, expected: String) -> ByteError {
    ByteError(.content(found: found, expected: expected), file: file.path, offset: offset, field: place)
  }
}

extension ByteReader {
  @_lifetime(self: copy self)
  fileprivate mutating func index(_ type: ElementType) throws(ByteError) -> Int {
    type == .int32 ? Int(try read(Int32.self, "index")) : Int(try read(Int64.self, "index"))
  }
}
