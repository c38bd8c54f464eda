internal import Bytes
internal import Graphs
internal import OrderedCollections
internal import Tensors

extension ONNXReader {
  /// Adds a sparse weight as a dense one: the elements that are not listed are zero.
  mutating func add(_ sparse: ONNXDocument.SparseEntry, _ place: String) throws(FormatError) {
    guard let valueEntry = sparse.values, let indexEntry = sparse.indices, !valueEntry.name.isEmpty else {
      throw error(place, "expected named values and indices")
    }
    let place = "\(place) '\(valueEntry.name)'"
    let values = try payloads.tensor(valueEntry, place)
    let indices = try payloads.tensor(indexEntry, place)
    let shape = try payloads.shape(sparse.dimensions, place)
    guard let size = values.elementType.byteCount, let byteCount = size.timesChecked(shape.count),
      byteCount <= Limits.decodedTensorBytes
    else {
      throw error(
        place, "found \(values.elementType) \(shape), expected at most \(Limits.decodedTensorBytes) bytes")
    }
    guard indices.elementType == .int64, values.shape.rank == 1,
      indices.shape.dimensions == [values.shape.count]
        || indices.shape.dimensions == [values.shape.count, shape.rank]
    else {
      throw error(
        place,
        "found indices \(indices.elementType) \(indices.shape) for values \(values.shape), "
          + "expected int64 [n] or [n, \(shape.rank)]")
    }
    let places = try linear(indices.elements(as: Int64.self), indices.shape, in: shape, place)
    let tensor = Tensor(values.elementType, shape) { bytes in
      let source = values.bytes
      for (index, place) in places.enumerated() {
        for byte in 0..<size {
          // SAFETY: both offsets lie in their tensors: there is a value for each index, and each was checked.
          let value = unsafe source.unsafeLoad(fromByteOffset: index * size + byte, as: UInt8.self)
          bytes.storeBytes(of: value, toByteOffset: place * size + byte, as: UInt8.self)
        }
      }
    }
    try add(valueEntry.name, tensor: valueEntry.name, ValueType(tensor), place)
    tensors[valueEntry.name] = tensor
  }

  /// The index of each element in memory order.
  private func linear(
    _ indices: [Int64], _ layout: Shape, in shape: Shape, _ place: String
  ) throws(FormatError) -> [Int] {
    let width = layout.rank == 2 ? layout[1] : 1
    let sizes = layout.rank == 2 ? shape.dimensions : [shape.count]
    return try Array(stride(from: 0, to: indices.count, by: max(width, 1))).map { start throws(FormatError) in
      var position = 0
      for axis in 0..<width {
        let index = indices[start + axis]
        guard index >= 0, index < sizes[axis] else {
          throw error(place, "found index \(index) along axis \(axis), expected 0 to \(sizes[axis] - 1)")
        }
        position = position * sizes[axis] + Int(index)
      }
      return position
    }
  }
}
