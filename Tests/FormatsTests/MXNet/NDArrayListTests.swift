import Bytes
import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("NDArray list")
struct NDArrayListTests {
  private func read(_ bytes: [UInt8]) throws -> Model {
    let scratch = try Scratch()
    return try withExtendedLifetime(scratch) { try FormatTable.read(path: scratch.file(bytes)) }
  }

  private func fixture(_ name: String) -> String {
    Repository.fixtures.appending(path: "mxnet/\(name)").path
  }

  @Test("arrays of every version lie side by side, and a dense one is a slice of the file")
  func mixed() throws {
    let model = try FormatTable.read(path: fixture("mixed_versions.params"))
    #expect(model.provenance.sources.map(\.format) == ["MXNet NDArray list V0+V1+V2"])
    #expect(model.provenance.sources.map(\.name) == ["mixed_versions.params"])
    #expect(model.provenance.framework == "MXNet")
    for tensor in model.tensors.values { #expect(tensor.place?.file.path.hasSuffix(".params") == true) }
  }

  @Test("an unnamed list names its arrays 0, 1, …")
  func unnamed() throws {
    let model = try FormatTable.read(path: fixture("v1_list.params"))
    #expect(Array(model.tensors.keys) == ["0", "1"])
    #expect(model.tensors["0"]?.shape == [2, 3, 4])
  }

  @Test("an array that was never allocated is no tensor, and said so")
  func none() throws {
    let model = try FormatTable.read(path: fixture("v2_none.params"))
    #expect(Array(model.tensors.keys) == ["b"])
    #expect(model.provenance.metadata == ["mxnet.storage/none": "none"])
    #expect(model.warnings == ["array 'none' was never allocated: it has no shape and no elements"])
  }

  @Test("version 3 has scalars and empty arrays")
  func numpyShapes() throws {
    let model = try FormatTable.read(path: fixture("saved_npx.params"))
    #expect(model.tensors["scalar"]?.elements(as: Float.self) == [2.5])
    #expect(model.tensors["empty"]?.shape == [0, 3])
  }

  @Test("a sparse array is dense in the model, under the storage that the file gave it")
  func sparse() throws {
    let model = try FormatTable.read(path: fixture("saved_sparse.params"))
    #expect(
      model.provenance.metadata == ["mxnet.storage/rs": "row_sparse", "mxnet.storage/csr": "csr"])
    let rows = try #require(model.tensors["rs"]).elements(as: Float.self)
    #expect(rows.count == 18)
    #expect(rows.enumerated().filter { $0.element != 0 }.map(\.offset) == [3, 4, 5, 12, 13, 14])
    #expect(model.tensors["csr"]?.shape == [3, 5])
  }

  @Test("elements of a csr array go to their rows and columns")
  func csr() throws {
    var list = ListBytes(arrays: 1)
    list.sparse(storage: 2, stored: [3], shape: [2, 4])
    list.put(6 as Int32)
    list.shape(3)
    list.put(4 as Int32)
    list.shape(3)
    list.put((1 as Float).bitPattern, (2 as Float).bitPattern, (3 as Float).bitPattern)
    list.put(0 as Int64, 1, 3)
    list.put(2 as Int32, 0, 3)
    list.names("c")
    #expect(try read(list.bytes).tensors["c"]?.elements(as: Float.self) == [0, 0, 1, 0, 2, 0, 0, 3])
  }

  @Test("contexts, the reserved word and bytes behind the names mean nothing")
  func ignored() throws {
    var list = ListBytes(arrays: 1)
    list.dense(1, flag: 3)
    list.put(7 as UInt8)
    list.names("x")
    list.bytes[8] = 0xAB
    list.bytes[44] = 0x99
    list.bytes += [1, 2, 3]
    let model = try read(list.bytes)
    #expect(model.tensors["x"]?.elements(as: UInt8.self) == [7])
    #expect(model.warnings == ["3 bytes behind the last name are ignored, as MXNet does"])
  }

  @Test("a file beyond 4 GiB is read without touching its elements")
  func large() throws {
    let scratch = try Scratch()
    let path = scratch.path("large.params")
    let hole = 5 << 30
    var list = ListBytes(arrays: 2)
    list.dense(hole, flag: 3)
    try Data(list.bytes).write(to: URL(fileURLWithPath: path))
    let start = list.bytes.count
    var tail = ListBytes(arrays: 0)
    tail.bytes = []
    tail.dense(2)
    tail.put((1.5 as Float).bitPattern, (2.5 as Float).bitPattern)
    tail.names("big", "behind")
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seek(toOffset: UInt64(start + hole))
    try handle.write(contentsOf: Data(tail.bytes))
    try handle.close()
    let model = try FormatTable.read(path: path)
    #expect(model.tensors["big"]?.place?.range == start..<start + hole)
    #expect(model.tensors["behind"]?.elements(as: Float.self) == [1.5, 2.5])
  }

  @Test("a zip of .npy files is named for what it is")
  func archive() throws {
    let zip: [UInt8] =
      [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 22) + [5, 0, 0, 0] + Array("x.npy".utf8)
    #expect(
      try Scratch().refusal(of: zip) == """
        w.params: this is a zip of .npy files, as numpy and MXNet 2 write them; dcnconv reads the lists of \
        arrays that MXNet 0.5 to 1.9 wrote. Load it with numpy.load, and save it with mx.nd.save of MXNet 1.9
        """)
  }
}
