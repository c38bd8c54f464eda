import Bytes
import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("Recorded .params files", .enabled(if: Repository.golden != nil))
struct GoldenParametersTests {
  @Test("there are files to test with")
  func presence() { #expect(GoldenParameters.all.count > 100) }

  @Test("each is read or refused as recorded", arguments: GoldenParameters.all)
  func expectation(golden: GoldenParameters) throws {
    switch golden.expect {
    case "ok", "ok-or-warn": _ = try FormatTable.read(path: golden.path)
    case "error": #expect(throws: FormatError.self) { try FormatTable.read(path: golden.path) }
    default:
      do { _ = try FormatTable.read(path: golden.path) } catch {
        #expect(error.blame == .content, "\(error)")
      }
    }
  }

  @Test("names, types, shapes and storage are those that MXNet saw", arguments: GoldenParameters.all)
  func headers(golden: GoldenParameters) throws {
    guard golden.expect.hasPrefix("ok"), let model = try? FormatTable.read(path: golden.path),
      let arrays = golden.entry["mxnet_1_9_1"]?["arrays"]?.listValue
    else { return }
    #expect(model.tensors.count == arrays.count)
    for array in arrays {
      let name = try #require(array[0]?.textValue)
      let tensor = try #require(model.tensors[name], "\(name)")
      let type = array[1]?["dtype"]?.textValue
      #expect(type == tensor.elementType.rawValue || type?.contains("bfloat16") == true)
      #expect(array[1]?["shape"]?.listValue?.compactMap(\.integerValue) == tensor.shape.dimensions)
      let storage = model.provenance.metadata["mxnet.storage/" + name] ?? "default"
      #expect(array[1]?["stype"]?.textValue == storage)
      // MXNet summed in fp64 as well: what is left is the order of the sum.
      if let sum = array[1]?["sum"]?.numberValue, let total = total(tensor) {
        #expect(abs(total - sum) <= 1e-9)
      }
    }
  }

  @Test("elements are the recorded ones, bit for bit", arguments: GoldenParameters.all)
  func elements(golden: GoldenParameters) throws {
    guard golden.expect.hasPrefix("ok"), let values = golden.entry["values"], values != nil else { return }
    let model = try FormatTable.read(path: golden.path)
    if let hex = values["raw_hex"]?.textValue {
      let tensor = try #require(model.tensors["x"])
      #expect(elementBytes(tensor).map { String(format: "%02x", $0) }.joined() == hex)
    } else if let rows = values["rows"]?.listValue?.compactMap(\.integerValue) {
      let tensor = try #require(model.tensors["rs"])
      var dense = [Double](repeating: 0, count: 18)
      for (index, value) in (values["flat"]?.listValue ?? []).enumerated() {
        dense[rows[index / 3] * 3 + index % 3] = value.numberValue ?? .nan
      }
      #expect(tensor.elements(as: Float.self).map(Double.init) == dense)
    } else {
      let recorded =
        values.objectValue?.members.map { ($0.key, $0.value) }
        ?? (values.listValue ?? []).enumerated().map { ("\($0.offset)", $0.element) }
      #expect(recorded.count == model.tensors.count)
      for (name, value) in recorded {
        let flat = value["flat"]?.listValue?.map { $0.numberValue ?? .nan }
        let tensor = try #require(model.tensors[name])
        #expect(tensor.elements(as: Float.self).map(Double.init) == flat)
      }
    }
  }

  @Test(
    "what mx.nd.save wrote is written again byte for byte",
    arguments: [
      "v2_dict", "v2_list", "saved_dict", "saved_list", "saved_bfloat16", "saved_bool", "saved_float16",
      "saved_float64", "saved_int32", "saved_int64", "saved_int8", "saved_uint8", "saved_npx",
      "zero_size_v2", "v3_scalar", "special_values", "unicode_names", "empty_name", "zero_arrays",
      "dtype_08_int16", "dtype_09_uint16", "dtype_10_uint32", "dtype_11_uint64",
    ])
  func rewriting(name: String) throws {
    let path = try #require(Repository.golden).appending(path: "params/\(name).params").path
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let copy = folder.appending(path: "copy.params").path
    let tensors = try FormatTable.read(path: path).tensors
    let writer = try NDArrayListWriter(tensors, file: copy)
    let file = try AtomicFile(path: copy, durable: false)
    try writer.write(to: file)
    try file.commit()
    #expect(FileManager.default.contentsEqual(atPath: path, andPath: copy))
  }

  /// The sum in fp64; nil for a type that other tests compare bit for bit.
  private func total(_ tensor: Tensor) -> Double? {
    switch tensor.elementType {
    case .float32: tensor.elements(as: Float.self).map(Double.init).reduce(0, +)
    case .float64: tensor.elements(as: Double.self).reduce(0, +)
    case .int32: tensor.elements(as: Int32.self).map(Double.init).reduce(0, +)
    case .int8: tensor.elements(as: Int8.self).map(Double.init).reduce(0, +)
    case .uint8: tensor.elements(as: UInt8.self).map(Double.init).reduce(0, +)
    default: nil
    }
  }
}

func elementBytes(_ tensor: Tensor) -> [UInt8] {
  let span = Span<UInt8>(_bytes: tensor.bytes)
  return span.indices.map { span[$0] }
}
