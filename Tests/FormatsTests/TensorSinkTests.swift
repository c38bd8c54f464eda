import Bytes
import Formats
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Files of tensors, written")
struct TensorSinkTests {
  static let endings = ["npz", "h5"]

  /// Element types that both formats have.
  private static let types: [ElementType] = [
    .float16, .float32, .float64, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .bool,
  ]

  private static func tensor(_ type: ElementType, _ shape: Shape, seed: UInt64 = 1) -> Tensor {
    var random = SeededGenerator(seed: seed)
    return Tensor(type, shape) { bytes in
      for place in 0..<bytes.byteCount {
        let byte =
          type == .bool ? UInt8.random(in: 0...1, using: &random) : UInt8.random(in: 0...255, using: &random)
        bytes.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
      }
    }
  }

  /// Names, types and shapes that are easily got wrong.
  private static let samples: [(name: String, tensor: Tensor)] =
    types.map { ("types/\($0.rawValue)", tensor($0, [2, 3])) } + [
      ("scalar", tensor(.float32, [])), ("empty", tensor(.float32, [0, 4])),
      ("activations/a%2Fb", tensor(.float64, [5])), ("größe/µ", tensor(.int32, [1, 2, 1, 3])),
      ("large", tensor(.float32, [300, 1001])),
    ]

  private static let metadata: JSONObject = [
    "framework": "dcnconv", "flushToZero": false, "seed": 7, "network": "größe",
  ]

  private func write(_ path: String) throws {
    let sink = try TensorFiles.create(path: path, metadata: Self.metadata, replaces: true)
    for sample in Self.samples { try sink.write(sample.tensor, named: sample.name) }
    try sink.finish()
  }

  private func bytes(_ tensor: Tensor?) throws -> [UInt8] {
    let tensor = try #require(tensor)
    return (0..<tensor.byteCount).map { tensor.bytes.unsafeLoadUnaligned(fromByteOffset: $0, as: UInt8.self) }
  }

  @Test("every tensor comes back bit for bit, with its type, shape and name", arguments: endings)
  func roundTrip(ending: String) throws {
    let scratch = try Scratch()
    let path = scratch.path("x." + ending)
    try write(path)
    let source = try TensorFiles.open(path: path)
    #expect(Set(source.names) == Set(Self.samples.map(\.name)))
    for sample in Self.samples {
      let header = try #require(try source.header(of: sample.name))
      #expect(header.elementType == sample.tensor.elementType && header.shape == sample.tensor.shape)
      #expect(try bytes(source.tensor(named: sample.name)) == bytes(sample.tensor), "\(sample.name)")
    }
    #expect(
      source.metadata == ["framework": "dcnconv", "flushToZero": "false", "seed": "7", "network": "größe"])
    #expect(try source.tensor(named: "nowhere") == nil)
  }

  @Test("the same tensors give the same bytes at any time", arguments: endings)
  func canonical(ending: String) throws {
    let scratch = try Scratch()
    try write(scratch.path("a." + ending))
    Thread.sleep(forTimeInterval: 1.1)
    try write(scratch.path("b." + ending))
    let files = try ["a.", "b."].map { try Data(contentsOf: URL(filePath: scratch.path($0 + ending))) }
    #expect(files[0] == files[1])
  }

  @Test(
    "nothing has the name before the end, and nothing is left where it never comes",
    arguments: endings + ["npy"])
  func unfinished(ending: String) throws {
    // libhdf5 writes by name: there a hidden sibling has the bytes meanwhile.
    let scratch = try Scratch()
    do {
      let sink = try TensorFiles.create(path: scratch.path("x." + ending), replaces: true)
      try sink.write(Self.tensor(.float32, [8]), named: "x")
      #expect(try scratch.names.allSatisfy { $0.hasPrefix(".") && ending == "h5" })
    }
    #expect(try scratch.names.isEmpty)
  }

  @Test("what has the name stays unless it may be replaced", arguments: endings + ["npy"])
  func existing(ending: String) throws {
    let scratch = try Scratch()
    let path = try scratch.file([1, 2, 3], "x." + ending)
    for replaces in [false, true] {
      let sink = try TensorFiles.create(path: path, replaces: replaces)
      try sink.write(Self.tensor(.float32, [8]), named: "x")
      if replaces {
        try sink.finish()
      } else {
        #expect(throws: FormatError.self) { try sink.finish() }
        #expect(try Data(contentsOf: URL(filePath: path)) == Data([1, 2, 3]))
      }
    }
    #expect(try TensorFiles.open(path: path).names == ["x"])
  }

  @Test(
    "a name that repeats and a type that the format has not are errors that name the tensor",
    arguments: endings)
  func refused(ending: String) throws {
    let scratch = try Scratch()
    let sink = try TensorFiles.create(path: scratch.path("x." + ending), replaces: true)
    try sink.write(Self.tensor(.float32, [8]), named: "x")
    let repeated = #expect(throws: FormatError.self) { try sink.write(Self.tensor(.int8, [1]), named: "x") }
    #expect(repeated?.description.contains("'x'") == true)
    let opaque = #expect(throws: FormatError.self) {
      try sink.write(Self.tensor(.complex64, [1]), named: "z")
    }
    #expect(opaque?.description.contains("complex64") == true)
  }

  @Test("HDF5 holds bfloat16; a name that would be no path in it is refused")
  func hdf5Only() throws {
    let scratch = try Scratch()
    let sink = try HDF5Writer(path: scratch.path("x.h5"))
    let tensor = Self.tensor(.bfloat16, [4])
    try sink.write(tensor, named: "x")
    for name in ["", "/x", "x//y", "./y", "x/", "a\0b"] {
      #expect(throws: FormatError.self) { try sink.write(tensor, named: name) }
    }
    try sink.finish()
    let source = try HDF5File(path: scratch.path("x.h5"))
    #expect(source.names == ["x"])
    #expect(try bytes(source.tensor(named: "x")) == bytes(tensor))
  }

  @Test("an npy file holds one array, whatever its name")
  func single() throws {
    let scratch = try Scratch()
    let sink = try TensorFiles.create(path: scratch.path("rois.npy"), replaces: true)
    let tensor = Self.tensor(.float32, [3, 5])
    try sink.write(tensor, named: "rois_output")
    #expect(throws: FormatError.self) { try sink.write(tensor, named: "other") }
    try sink.finish()
    let source = try TensorFiles.open(path: scratch.path("rois.npy"))
    #expect(source.names == ["rois"])
    #expect(try bytes(source.tensor(named: "rois")) == bytes(tensor))
    #expect(try source.header(of: "rois")?.shape == [3, 5])
  }

  @Test("more arrays than 16 bits count are all there")
  func many() throws {
    let scratch = try Scratch()
    let sink = try NPZWriter(path: scratch.path("x.npz"))
    for index in 0..<66_000 { try sink.write(Tensor([UInt8(index & 0xFF)], shape: [1]), named: "\(index)") }
    try sink.finish()
    let source = try NPZArchive(path: scratch.path("x.npz"))
    #expect(source.names.count == 66_000)
    #expect(try bytes(source.tensor(named: "65999")) == [UInt8(65_999 & 0xFF)])
  }

  @Test(
    "numpy reads the same arrays (skipped without python3 and numpy)", .enabled(if: Python.interpreter != nil)
  )
  func numpy() throws {
    let scratch = try Scratch()
    try write(scratch.path("x.npz"))
    let program = """
      import hashlib, json, sys, numpy
      with numpy.load(sys.argv[1], allow_pickle=False) as arrays:
          meta = json.loads(str(arrays["meta"]))
          for name in arrays.files:
              if name != "meta":
                  array = arrays[name]
                  print(name, array.dtype.name, list(array.shape), hashlib.sha256(array.tobytes()).hexdigest(), meta["seed"])
      """
    try expectSamples(program, scratch.path("x.npz"))
  }

  @Test("h5py reads the same arrays (skipped without python3 and h5py)", .enabled(if: Python.withHDF5 != nil))
  func h5py() throws {
    let scratch = try Scratch()
    try write(scratch.path("x.h5"))
    let program = """
      import hashlib, sys, h5py
      with h5py.File(sys.argv[1]) as file:
          def show(name, item):
              if isinstance(item, h5py.Dataset):
                  array = item[()]
                  print(name, array.dtype.name, list(array.shape), hashlib.sha256(array.tobytes()).hexdigest(), file.attrs["seed"])
          file.visititems(show)
      """
    try expectSamples(program, scratch.path("x.h5"), interpreter: Python.withHDF5)
  }

  private func expectSamples(
    _ program: String, _ path: String, interpreter: String? = Python.interpreter
  ) throws {
    let interpreter = try #require(interpreter)
    let output = try #require(Python.output([interpreter, "-X", "utf8", "-c", program, path]))
    let lines = Set(String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init))
    let expected = Self.samples.map { name, tensor in
      "\(name) \(tensor.elementType.rawValue) \(tensor.shape) \(Digest(of: tensor.bytes)) 7"
    }
    #expect(lines == Set(expected))
  }
}

extension Python {
  /// The first interpreter that reads HDF5.
  static let withHDF5: String? = ["python3", "/usr/bin/python3"].first {
    output([$0, "-c", "import h5py"]) != nil
  }
}
