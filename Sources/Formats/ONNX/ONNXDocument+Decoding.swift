internal import Bytes
internal import CSchemas
internal import Graphs
internal import Operators
internal import Tensors

// The C edge: everything here copies what protobuf-c decoded into values of ours.

extension ONNXDocument {
  /// The message types with what is cut out of them: payloads, and all that stays opaque.
  static let schema: WireSchema = unsafe withUnsafePointer(to: onnx__model_proto__descriptor) { root in
    unsafe WireSchema(
      root,
      treatments: [
        "onnx.TensorProto.raw_data": .cut, "onnx.TensorProto.float_data": .cut,
        "onnx.TensorProto.int32_data": .cut, "onnx.TensorProto.int64_data": .cut,
        "onnx.TensorProto.double_data": .cut, "onnx.TensorProto.uint64_data": .cut,
        "onnx.TensorProto.string_data": .ignored, "onnx.TensorProto.metadata_props": .ignored,
        "onnx.TensorProto.doc_string": .ignored,
        "onnx.AttributeProto.g": .checked, "onnx.AttributeProto.graphs": .checked,
        "onnx.AttributeProto.tensors": .checked, "onnx.AttributeProto.tp": .checked,
        "onnx.AttributeProto.type_protos": .checked, "onnx.AttributeProto.sparse_tensor": .checked,
        "onnx.AttributeProto.sparse_tensors": .checked, "onnx.AttributeProto.doc_string": .ignored,
        "onnx.FunctionProto.input": .checked, "onnx.FunctionProto.output": .checked,
        "onnx.FunctionProto.attribute": .checked, "onnx.FunctionProto.node": .checked,
        "onnx.FunctionProto.doc_string": .ignored, "onnx.FunctionProto.opset_import": .checked,
        "onnx.FunctionProto.attribute_proto": .checked, "onnx.FunctionProto.value_info": .checked,
        "onnx.FunctionProto.metadata_props": .ignored,
        "onnx.NodeProto.doc_string": .ignored, "onnx.NodeProto.metadata_props": .ignored,
        "onnx.ValueInfoProto.doc_string": .ignored, "onnx.ValueInfoProto.metadata_props": .ignored,
        "onnx.GraphProto.doc_string": .ignored, "onnx.GraphProto.metadata_props": .ignored,
      ])
  }

  /// - Throws: `ByteError` where the bytes are no ONNX model, or too much is asked for.
  init(_ file: MappedFile) throws(ByteError) {
    let bytes = try WireScan.copy(file, 0..<file.byteCount, Self.schema)
    let budget = AllocationBudget(limit: AllocationBudget.limit(decoding: bytes.count))
    let document = unsafe budget.withAllocator { allocator in
      let model = unsafe onnx__model_proto__unpack(allocator, bytes.count, bytes)
      defer { unsafe onnx__model_proto__free_unpacked(model, allocator) }
      return unsafe model.map { unsafe ONNXDocument($0.pointee) }
    }
    guard let document else {
      let found =
        budget.isExhausted ? "messages that take far more memory than bytes" : "bytes that protobuf-c refuses"
      throw ByteError(.content(found: found, expected: "an ONNX model"), file: file.path)
    }
    self = document
  }

  private init(_ model: Onnx__ModelProto) {
    irVersion = unsafe Int(model.ir_version)
    producerName = unsafe text(model.producer_name)
    producerVersion = unsafe text(model.producer_version)
    domain = unsafe text(model.domain)
    modelVersion = unsafe Int(model.model_version)
    operatorSets = unsafe list(model.n_opset_import, model.opset_import) {
      unsafe OperatorSet(domain: text($0.domain), version: Int($0.version))
    }
    metadata = unsafe pairs(model.n_metadata_props, model.metadata_props)
    functions = unsafe list(model.n_functions, model.functions) {
      unsafe Function(
        domain: text($0.domain), name: text($0.name), overload: text($0.overload), place: place($0.place))
    }
    graph = unsafe model.graph.map { unsafe GraphEntry($0.pointee) }
  }
}

extension ONNXDocument.GraphEntry {
  fileprivate init(_ graph: Onnx__GraphProto) {
    name = unsafe text(graph.name)
    nodes = unsafe list(graph.n_node, graph.node) { unsafe ONNXDocument.Node($0) }
    initializers = unsafe list(graph.n_initializer, graph.initializer) {
      unsafe ONNXDocument.TensorEntry($0)
    }
    sparseInitializers = unsafe list(graph.n_sparse_initializer, graph.sparse_initializer) {
      unsafe ONNXDocument.SparseEntry(
        values: $0.values.map { unsafe ONNXDocument.TensorEntry($0.pointee) },
        indices: $0.indices.map { unsafe ONNXDocument.TensorEntry($0.pointee) },
        dimensions: Array(UnsafeBufferPointer(start: $0.dims, count: $0.n_dims)))
    }
    inputs = unsafe list(graph.n_input, graph.input) { unsafe ONNXDocument.ValueEntry($0) }
    outputs = unsafe list(graph.n_output, graph.output) { unsafe ONNXDocument.ValueEntry($0) }
    let inner = unsafe list(graph.n_value_info, graph.value_info) { unsafe ONNXDocument.ValueEntry($0) }
    innerTypes = Dictionary(inner.map { ($0.name, $0.type) }) { first, _ in first }
    outputTypes = Dictionary(outputs.map { ($0.name, $0.type) }) { first, _ in first }
  }
}

extension ONNXDocument.Node {
  fileprivate init(_ node: Onnx__NodeProto) {
    name = unsafe text(node.name)
    op = unsafe text(node.op_type)
    domain = unsafe text(node.domain)
    overload = unsafe text(node.overload)
    inputs = unsafe texts(node.n_input, node.input)
    outputs = unsafe texts(node.n_output, node.output)
    attributes = unsafe list(node.n_attribute, node.attribute) { unsafe ONNXDocument.Attribute($0) }
  }
}

extension ONNXDocument.Attribute {
  fileprivate init(_ attribute: Onnx__AttributeProto) {
    name = unsafe text(attribute.name)
    place = unsafe Formats.place(attribute.place)
    // A reference of a function's body stands nowhere else; kept, it is refused by name.
    content =
      unsafe attribute.ref_attr_name == nil
      ? Self.content(attribute) : .value(.other(kind: "reference"))
  }

  private static func content(_ attribute: Onnx__AttributeProto) -> Content {
    // IR version 1 had no type; the newest has these fourteen.
    switch unsafe attribute.type {
    case 1: return unsafe .value(.float(attribute.f))
    case 2: return unsafe .value(.integer(Int(attribute.i)))
    case 3: return unsafe .value(string(attribute.s).map(ONNXAttribute.text) ?? .other(kind: "bytes"))
    case 4:
      guard let tensor = unsafe attribute.t else { return .value(.other(kind: "TENSOR without one")) }
      return unsafe .tensor(ONNXDocument.TensorEntry(tensor.pointee))
    case 6:
      let numbers = unsafe UnsafeBufferPointer(start: attribute.floats, count: attribute.n_floats)
      return .value(.floats(unsafe Array(numbers)))
    case 7:
      let numbers = unsafe UnsafeBufferPointer(start: attribute.ints, count: attribute.n_ints)
      return .value(.integers(unsafe numbers.map(Int.init)))
    case 8:
      let words = unsafe UnsafeBufferPointer(start: attribute.strings, count: attribute.n_strings).map {
        unsafe string($0)
      }
      let known = words.compactMap { $0 }
      return .value(known.count == words.count ? .texts(known) : .other(kind: "bytes"))
    default:
      let names: [Int32: String] = [
        5: "GRAPH", 9: "TENSORS", 10: "GRAPHS", 11: "SPARSE_TENSOR", 12: "SPARSE_TENSORS", 13: "TYPE_PROTO",
        14: "TYPE_PROTOS",
      ]
      return unsafe .value(.other(kind: names[attribute.type] ?? "type \(attribute.type)"))
    }
  }
}

extension ONNXDocument.TensorEntry {
  fileprivate init(_ tensor: Onnx__TensorProto) {
    name = unsafe text(tensor.name)
    dimensions = unsafe Array(UnsafeBufferPointer(start: tensor.dims, count: tensor.n_dims))
    dataType = unsafe tensor.data_type
    pieces = unsafe Formats.pieces(tensor.place)
    external = unsafe tensor.data_location == 1 ? pairs(tensor.n_external_data, tensor.external_data) : nil
  }
}

extension ONNXDocument.ValueEntry {
  fileprivate init(_ value: Onnx__ValueInfoProto) {
    name = unsafe text(value.name)
    guard let type = unsafe value.type, unsafe type.pointee.value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE,
      let tensor = unsafe type.pointee.tensor_type
    else {
      type = .unknown
      return
    }
    var shape = PartialShape.unknown
    if let declared = unsafe tensor.pointee.shape?.pointee {
      shape = PartialShape(
        unsafe list(declared.n_dim, declared.dim) { dimension in
          // Some exporters write -1 where they do not know.
          guard unsafe dimension.value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE,
            unsafe dimension.dim_value >= 0
          else { return nil }
          return unsafe Int(dimension.dim_value)
        })
    }
    self.type = ValueType(ElementType(onnx: unsafe tensor.pointee.elem_type), shape)
  }
}

// MARK: C values

/// SAFETY of all below: protobuf-c's pointers and counts belong together, and live while the document is made.
private func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
  unsafe pointer.map { unsafe String(cString: $0) } ?? ""
}

private func texts(_ count: Int, _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [String]
{
  unsafe UnsafeBufferPointer(start: pointers, count: count).map { unsafe text($0) }
}

private func list<C, R>(
  _ count: Int, _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<C>?>?, _ transform: (C) -> R
) -> [R] {
  unsafe UnsafeBufferPointer(start: pointers, count: count).compactMap { pointer in
    unsafe pointer.map { unsafe transform($0.pointee) }
  }
}

private func pairs(
  _ count: Int, _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Onnx__StringStringEntryProto>?>?
) -> [(key: String, value: String)] {
  unsafe list(count, pointers) { unsafe (text($0.key), text($0.value)) }
}

private func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
  unsafe Array(UnsafeBufferPointer(start: data.data, count: data.len))
}

/// Nil where the bytes are not UTF-8.
private func string(_ data: ProtobufCBinaryData) -> String? {
  String(validating: unsafe bytes(data), as: UTF8.self)
}

private func pieces(_ data: ProtobufCBinaryData) -> [WireScan.Piece] { WireScan.pieces(unsafe bytes(data)) }

private func place(_ data: ProtobufCBinaryData) -> Range<Int> {
  unsafe pieces(data).first?.range ?? 0..<0
}
