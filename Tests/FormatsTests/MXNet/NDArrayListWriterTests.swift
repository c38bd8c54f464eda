import Bytes
import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("NDArray list writer")
struct NDArrayListWriterTests {
  private func written(_ tensors: OrderedDictionary<String, Tensor>, _ scratch: Scratch) throws -> String {
    let path = scratch.path("out.params")
    let file = try AtomicFile(path: path, durable: false)
    try NDArrayListWriter(tensors, file: path).write(to: file)
    try file.commit()
    return path
  }

  @Test("what mx.nd.save wrote is written again byte for byte", arguments: ["saved_dict", "saved_npx"])
  func bytes(name: String) throws {
    let scratch = try Scratch()
    let path = Repository.fixtures.appending(path: "mxnet/\(name).params").path
    let copy = try written(FormatTable.read(path: path).tensors, scratch)
    #expect(FileManager.default.contentsEqual(atPath: path, andPath: copy))
  }

  private static let types: [ElementType] = [
    .float32, .float64, .float16, .bfloat16, .uint8, .uint16, .uint32, .uint64, .int8, .int16, .int32, .int64,
    .bool,
  ]
  private static let shapes: [Shape] = [
    [], [1], [0], [5], [2, 0, 3], [2, 3, 4], Shape(Array(repeating: 1, count: 32)),
  ]

  @Test("every type and shape survives the way to a file and back", arguments: types, shapes)
  func roundTrip(type: ElementType, shape: Shape) throws {
    let tensor = Tensor(type, shape) { bytes in
      for place in 0..<bytes.byteCount {
        bytes.storeBytes(of: UInt8(truncatingIfNeeded: place &* 37 &+ 1), toByteOffset: place, as: UInt8.self)
      }
    }
    let scratch = try Scratch()
    let path = try written(["arg:é": tensor, "b": Tensor([Float(1)], shape: [1])], scratch)
    let model = try FormatTable.read(path: path)
    #expect(Array(model.tensors.keys) == ["arg:é", "b"])
    let copy = try #require(model.tensors["arg:é"])
    #expect(copy.elementType == type)
    #expect(copy.shape == shape)
    #expect(elementBytes(copy) == elementBytes(tensor))
    #expect(
      model.provenance.sources[0].format
        == (shape.rank == 0 ? "MXNet NDArray list V3" : "MXNet NDArray list V2"))
  }

  @Test("a type that MXNet does not have is refused by its tensor's name")
  func foreignType() throws {
    let tensor = Tensor(.float8e5m2, [2]) { _ in }
    let error = #expect(throws: FormatError.self) { try NDArrayListWriter(["q": tensor], file: "o.params") }
    #expect(
      error?.description == """
        o.params: tensor 'q': MXNet has no element type float8e5m2; convert the tensor, or export to another \
        format
        """)
    #expect(error?.blame == .request)
  }
}
