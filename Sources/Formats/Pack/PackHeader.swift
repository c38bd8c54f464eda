internal import Bytes
internal import Graphs
internal import OrderedCollections
internal import Tensors

/// All that a pack's header says: the table of tensors, and the model without their elements.
struct PackHeader: Sendable {
  /// Ascending by name, compared byte by byte.
  var rows: [PackRow]
  /// The tensors' order in the source file, as places in `rows`.
  var sourceOrder: [Int]
  var graph: Graph
  var network: NetworkIdentity?
  var recipe: NetworkRecipe?
  /// A source whose digest has not been taken stands with zeros in its place.
  var provenance: Provenance
  var unknownSections: [String: [UInt8]]

  /// The header of a model, with zeros in place of its tensors' digests.
  ///
  /// - Throws: `FormatError` where the tensors have more bytes than a file can.
  init(_ model: Model, file: String) throws(FormatError) {
    let sorted = model.tensors.keys.enumerated().sorted { precedes($0.element, $1.element) }
    rows = []
    rows.reserveCapacity(sorted.count)
    sourceOrder = Array(repeating: 0, count: sorted.count)
    for (place, entry) in sorted.enumerated() {
      sourceOrder[entry.offset] = place
      let tensor = model.tensors.elements[entry.offset].value
      guard let offset = rows.payloadByteCount.roundedUpChecked(to: PackLayout.alignment),
        offset.plusChecked(tensor.byteCount) != nil
      else {
        throw FormatError(file: file, place: "tensor '\(entry.element)'", "ends beyond 2^63 bytes")
      }
      rows.append(
        PackRow(
          name: entry.element, elementType: tensor.elementType, shape: tensor.shape, offset: offset,
          byteCount: tensor.byteCount, sha256: .zero))
    }
    graph = model.graph
    network = model.network
    recipe = model.recipe
    provenance = model.provenance
    unknownSections = model.unknownSections
  }

  init(
    rows: [PackRow], sourceOrder: [Int], graph: Graph, network: NetworkIdentity?, recipe: NetworkRecipe?,
    provenance: Provenance, unknownSections: [String: [UInt8]]
  ) {
    self.rows = rows
    self.sourceOrder = sourceOrder
    self.graph = graph
    self.network = network
    self.recipe = recipe
    self.provenance = provenance
    self.unknownSections = unknownSections
  }

  /// The model whose tensors lie in the file behind this header.
  ///
  /// - Precondition: the table's rows lie in the file.
  func model(in file: MappedFile, payloadStart: Int) -> Model {
    var tensors: OrderedDictionary<String, Tensor> = [:]
    tensors.reserveCapacity(rows.count)
    for place in sourceOrder {
      let row = rows[place]
      let start = payloadStart + row.offset
      tensors[row.name] = Tensor(
        mapped: file, range: start..<start + row.byteCount, elementType: row.elementType, shape: row.shape)
    }
    return Model(
      graph: graph, tensors: tensors, network: network, recipe: recipe, provenance: provenance,
      unknownSections: unknownSections)
  }
}

/// Whether a name stands before another: by bytes of UTF-8, which are the same in every language.
func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

extension Digest {
  /// Nil where these are not 64 hexadecimal digits.
  init?(hexadecimal text: String) {
    let digits = Array(text.utf8)
    guard digits.count == 2 * Digest.byteCount else { return nil }
    var bytes: [UInt8] = []
    for pair in 0..<Digest.byteCount {
      guard let high = Character(Unicode.Scalar(digits[2 * pair])).hexDigitValue,
        let low = Character(Unicode.Scalar(digits[2 * pair + 1])).hexDigitValue
      else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    self.init(bytes)
  }
}
