internal import Bytes
internal import CSchemas
internal import Graphs
internal import Tensors

/// Reads a header's protobuf message, and refuses what a pack may not hold.
struct PackDecoder {
  /// The file that errors name.
  let file: String

  // SAFETY: the descriptor is a constant of the generated code.
  private static let schema = unsafe withUnsafePointer(to: dcnpack__header__descriptor) {
    unsafe WireSchema($0)
  }

  /// - Parameter origin: where the header starts in the file, in bytes.
  /// - Throws: `FormatError` with the part of the header.
  static func decode(_ bytes: RawSpan, file: String, origin: Int) throws(FormatError) -> PackHeader {
    do {
      try CanonicalScan(schema: schema, file: file, place: "header").check(bytes, origin: origin)
    } catch { throw FormatError(error) }
    let budget = AllocationBudget(limit: AllocationBudget.limit(decoding: bytes.byteCount))
    return try unsafe budget.withAllocator { allocator throws(FormatError) in
      // SAFETY: the bytes have been scanned; the message lives until it is freed behind its last use.
      let message = unsafe bytes.withUnsafeBytes { buffer in
        unsafe dcnpack__header__unpack(allocator, buffer.count, buffer.bindMemory(to: UInt8.self).baseAddress)
      }
      guard let message = unsafe message else {
        throw FormatError(file: file, place: "header", "takes too much memory for its size")
      }
      defer { unsafe dcnpack__header__free_unpacked(message, allocator) }
      return try unsafe PackDecoder(file: file).header(message.pointee)
    }
  }

  private func header(_ message: Dcnpack__Header) throws(FormatError) -> PackHeader {
    let rows = try unsafe table(messages(message.tensors, message.n_tensors))
    let order = try unsafe sourceOrder(scalars(message.source_order, message.n_source_order), of: rows.count)
    let graph =
      if let graph = unsafe message.graph {
        try unsafe PackGraphDecoder(decoder: self, rows: rows).graph(graph.pointee)
      } else {
        Graph()
      }
    guard let provenance = unsafe message.provenance else {
      throw refuse("provenance", "is absent, expected it in every pack")
    }
    return try unsafe PackHeader(
      rows: rows, sourceOrder: order, graph: graph,
      network: message.network.map { pointer throws(FormatError) in try unsafe network(pointer.pointee) },
      recipe: message.recipe.map { pointer throws(FormatError) in try unsafe recipe(pointer.pointee) },
      provenance: self.provenance(provenance.pointee),
      unknownSections: sections(messages(message.sections, message.n_sections)))
  }

  func refuse(_ place: String, _ explanation: String) -> FormatError {
    FormatError(file: file, place: "header, \(place)", explanation)
  }

  /// - Throws: `FormatError` where the bytes are not UTF-8.
  func text(_ data: ProtobufCBinaryData, _ place: @autoclosure () -> String) throws(FormatError) -> String {
    guard let text = unsafe String(validating: data.bytes, as: UTF8.self) else {
      throw refuse(place(), "has bytes that are not UTF-8")
    }
    return text
  }

  func texts(_ list: [ProtobufCBinaryData], _ place: String) throws(FormatError) -> [String] {
    try unsafe list.each { data, _ throws(FormatError) in try unsafe text(data, place) }
  }

  func digest(_ data: ProtobufCBinaryData, _ place: String) throws(FormatError) -> Digest {
    guard let digest = unsafe Digest(data.bytes) else {
      throw unsafe refuse("\(place), SHA-256", "has \(data.len) bytes, expected \(Digest.byteCount)")
    }
    return digest
  }

  /// A number that counts something in memory or in the file.
  func count(_ value: UInt64, _ place: @autoclosure () -> String) throws(FormatError) -> Int {
    guard let count = Int(exactly: value) else { throw refuse(place(), "\(value) is beyond 2^63") }
    return count
  }
}

// The table of tensors.
extension PackDecoder {
  private func table(_ messages: [Dcnpack__Tensor]) throws(FormatError) -> [PackRow] {
    var rows: [PackRow] = []
    unsafe rows.reserveCapacity(messages.count)
    _ = try unsafe messages.each { message, _ throws(FormatError) in
      let row = try unsafe self.row(message, number: rows.count, start: rows.payloadByteCount)
      if let last = rows.last, !precedes(last.name, row.name) {
        throw refuse(place(rows.count, row.name), "stands behind '\(last.name)', expected names to ascend")
      }
      rows.append(row)
    }
    var names: Set<String> = []
    for (number, row) in rows.enumerated() where !names.insert(row.name).inserted {
      throw refuse(place(number, row.name), "has another's name in a different composition of characters")
    }
    return rows
  }

  private func place(_ number: Int, _ name: String) -> String { "tensor \(number) '\(name)'" }

  private func row(
    _ message: Dcnpack__Tensor, number: Int, start: Int
  ) throws(FormatError) -> PackRow {
    let name = try unsafe text(message.name, "tensor \(number), name")
    let place = place(number, name)
    guard name.utf8.count <= Limits.nameBytes else {
      throw refuse(place, "has a name of \(name.utf8.count) bytes, more than \(Limits.nameBytes)")
    }
    guard let type = unsafe ElementType(message.element_type) else {
      throw unsafe refuse(
        place, "has element type \(message.element_type.rawValue), which is no type's number")
    }
    let shape = try unsafe shape(scalars(message.shape, message.n_shape), place)
    let byteCount = try unsafe count(message.byte_count, place)
    guard type.byteCount(of: shape.count) == byteCount else {
      throw refuse(place, "has \(byteCount) bytes, which is not what \(type.rawValue) \(shape) takes")
    }
    let offset = try unsafe count(message.offset, place)
    guard let expected = start.roundedUpChecked(to: PackLayout.alignment), offset == expected,
      offset.plusChecked(byteCount) != nil
    else {
      throw refuse(
        place, "starts at byte \(offset) of the payload, expected the next multiple of 64 behind \(start)")
    }
    return try unsafe PackRow(
      name: name, elementType: type, shape: shape, offset: offset, byteCount: byteCount,
      sha256: digest(message.sha256, place))
  }

  private func shape(_ dimensions: [UInt64], _ place: String) throws(FormatError) -> Shape {
    guard dimensions.count <= Limits.dimensions else {
      throw refuse(place, "has \(dimensions.count) dimensions, more than \(Limits.dimensions)")
    }
    let known = dimensions.compactMap { Int(exactly: $0) }
    guard known.count == dimensions.count, let shape = Shape(checking: known) else {
      throw refuse(place, "has shape \(dimensions), whose product does not fit")
    }
    return shape
  }

  private func sourceOrder(_ places: [UInt64], of count: Int) throws(FormatError) -> [Int] {
    if places.isEmpty { return Array(0..<count) }
    var seen = [Bool](repeating: false, count: count)
    var order: [Int] = []
    for place in places {
      guard place < UInt64(count), !seen[Int(place)] else {
        throw refuse("source order", "names tensor \(place) twice or beyond \(count) tensors")
      }
      seen[Int(place)] = true
      order.append(Int(place))
    }
    guard order.count == count else {
      throw refuse("source order", "has \(order.count) entries, expected \(count)")
    }
    guard !order.elementsEqual(order.indices) else {
      throw refuse("source order", "says nothing, expected it only where it differs from the table's")
    }
    return order
  }
}
