package import Bytes
package import OrderedCollections
package import Tensors

/// Writes a list of arrays, byte for byte as MXNet's own `mx.nd.save` does.
///
/// Arrays are of version 2, which MXNet 0.12 to 1.9 read. A scalar is nothing that version 2 can say: a list
/// that holds one is written in version 3 throughout, as `mx.npx.save` does. Names `0`, `1`, … in order are
/// those of an unnamed list, and are not written.
package struct NDArrayListWriter {
  private let tensors: OrderedDictionary<String, Tensor>
  /// What stands before the elements of each tensor.
  private let headers: [[UInt8]]
  private let names: [UInt8]

  /// - Parameter file: the name of the output, for errors.
  /// - Throws: `FormatError` where MXNet does not have a tensor's element type.
  package init(_ tensors: OrderedDictionary<String, Tensor>, file: String) throws(FormatError) {
    self.tensors = tensors
    let hasScalar = tensors.values.contains { $0.shape.rank == 0 }
    var headers: [[UInt8]] = []
    for (name, tensor) in tensors {
      guard let flag = tensor.elementType.mxnetFlag else {
        throw FormatError(
          .request, file: file, place: "tensor '\(name)'",
          "MXNet has no element type \(tensor.elementType); convert the tensor, or export to another format")
      }
      headers.append(header(of: tensor, flag: flag, version: hasScalar ? .v3 : .v2))
    }
    self.headers = headers
    names = encoded(names: Array(tensors.keys))
  }

  /// Bytes of the whole file.
  package var byteCount: Int {
    24 + headers.reduce(0) { $0 + $1.count } + tensors.values.reduce(0) { $0 + $1.byteCount } + names.count
  }

  /// Writes everything into a file that its owner commits.
  ///
  /// - Parameter progress: called with the count of bytes written so far, after each tensor.
  /// - Throws: `ByteError` where the bytes cannot be written.
  package func write(to file: AtomicFile, progress: (Int) -> Void = { _ in }) throws(ByteError) {
    try file.reserve(byteCount)
    var offset = 0
    func put(_ bytes: [UInt8]) throws(ByteError) {
      // SAFETY: UInt8 has no padding.
      try unsafe file.write(bytes.span.bytes, at: offset)
      offset += bytes.count
    }
    var start: [UInt8] = []
    start.append(NDArrayList.magic)
    start.append(UInt64(0))
    start.append(UInt64(tensors.count))
    try put(start)
    for (header, tensor) in zip(headers, tensors.values) {
      try put(header)
      try file.write(tensor.bytes, at: offset)
      offset += tensor.byteCount
      progress(offset)
    }
    try put(names)
  }
}

private func header(of tensor: Tensor, flag: Int32, version: NDArrayList.Version) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.append(version == .v3 ? 0xF993_FACA : 0xF993_FAC9 as UInt32)
  bytes.append(NDArrayList.Storage.dense.rawValue)
  bytes.append(Int32(tensor.shape.rank))
  for dimension in tensor.shape.dimensions { bytes.append(Int64(dimension)) }
  // The context: device type 1, a CPU, number 0.
  bytes.append(1 as Int32)
  bytes.append(0 as Int32)
  bytes.append(flag)
  return bytes
}

private func encoded(names: [String]) -> [UInt8] {
  let isUnnamed = names.enumerated().allSatisfy { $0.element == String($0.offset) }
  var bytes: [UInt8] = []
  bytes.append(UInt64(isUnnamed ? 0 : names.count))
  if isUnnamed { return bytes }
  for name in names {
    bytes.append(UInt64(name.utf8.count))
    bytes.append(contentsOf: name.utf8)
  }
  return bytes
}

extension [UInt8] {
  /// Adds an integer, least significant byte first.
  fileprivate mutating func append(_ value: some FixedWidthInteger) {
    for shift in stride(from: 0, to: value.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}
