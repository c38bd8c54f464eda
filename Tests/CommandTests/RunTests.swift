import Bytes
import Formats
import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

@Suite("Running a network")
struct RunTests {
  private func json(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: Array(text.utf8).span.bytes, file: "standard output")
  }

  /// A picture with some structure, so flat that the network's input is small: 1000×32.
  private func picture(_ scratch: Scratch) throws -> String {
    var picture = Picture(width: 250, height: 8)
    for y in 0..<8 {
      for x in 0..<250 {
        picture[x, y] = Color(
          red: UInt8(x), green: UInt8(30 * y), blue: (x / 8 + y / 8) % 2 == 0 ? 255 : 0)
      }
    }
    let path = scratch.path("photo.png")
    try picture.writePNG(path: path, replacing: false)
    return path
  }

  @Test("a picture gives detections, best first, a drawing of its size, and the heads under their names")
  func detections() throws {
    let scratch = try Scratch()
    let photo = try picture(scratch)
    let result = try Command.run(
      "run", Command.checkpoint, "--input", "data=" + photo, "--draw", scratch.path("drawn.png"),
      "--draw-score",
      "0", "-o", scratch.path("heads.npz"), "--max-per-image", "20", "--json")
    #expect(result.status == 0, "\(result.errors)")
    let document = try json(result.output)
    #expect(document["schema"]?.textValue == "dcnconv-run/1")
    #expect(document["model"]?["network"]?.textValue == "rfcn_dcn_coco")
    #expect(document["frame"]?["input"]?["height"]?.integerValue == 32)
    #expect(document["frame"]?["scale"]?.numberValue == 4)
    let scores = (document["detections"]?.listValue ?? []).compactMap { $0["score"]?.numberValue }
    #expect((1...20).contains(scores.count) && scores == scores.sorted(by: >))
    for detection in document["detections"]?.listValue ?? [] {
      let box = (detection["box"]?.listValue ?? []).compactMap(\.numberValue)
      #expect(box.count == 4 && box[0] >= 0 && box[1] >= 0 && box[2] < 250 && box[3] < 8)
    }
    let drawn = try Picture(path: scratch.path("drawn.png"))
    #expect(drawn.width == 250 && drawn.height == 8)
    #expect(try drawn != Picture(path: photo))
    let heads = try NPZArchive(path: scratch.path("heads.npz"))
    #expect(heads.names == ["rois_output", "cls_prob_reshape_output", "bbox_pred_reshape_output"])
    #expect(try heads.header(of: "cls_prob_reshape_output")?.shape == [1, 24, 9])
  }

  @Test("a recording of a run passes verification, and holds what was asked for in the order of the run")
  func recording() throws {
    let scratch = try Scratch()
    let trace = scratch.path("own.h5")
    let result = try Command.run(
      "run", Command.checkpoint, "--input", Command.trace, "--record", trace, "--json")
    #expect(result.status == 0, "\(result.errors)")
    let count = try json(result.output)["files"]?["trace"]?["values"]?.integerValue
    #expect((count ?? 0) > 350)
    let judged = try Command.run("verify", Command.checkpoint, "--trace", trace, "--json")
    #expect(judged.status == 0, "\(judged.errors)")
    let layers = try json(judged.output)["coverage"]?["judged"]?.integerValue
    #expect((layers ?? 0) > 350)
    let some = try Command.run(
      "run", Command.checkpoint, "--input", Command.trace, "--record", scratch.path("some.npz"), "--value",
      "res5?_branch2b_offset_output", "--value", "rois_output")
    #expect(some.status == 0, "\(some.errors)")
    #expect(
      try NPZArchive(path: scratch.path("some.npz")).names == [
        "inputs/data", "inputs/im_info", "activations/rois_output",
        "activations/res5a_branch2b_offset_output", "activations/res5b_branch2b_offset_output",
        "activations/res5c_branch2b_offset_output",
      ])
  }

  @Test("the outputs are MXNet's, and the same bytes for any number of threads")
  func threads() throws {
    let scratch = try Scratch()
    var files: [Data] = []
    for threads in ["1", "2", "3"] {
      let path = scratch.path(threads + ".npz")
      let result = try Command.run(
        "run", Command.checkpoint, "--input", Command.trace, "--threads", threads, "-o", path)
      #expect(result.status == 0, "\(result.errors)")
      files.append(try Data(contentsOf: URL(filePath: path)))
    }
    #expect(files[0] == files[1] && files[0] == files[2])
    let found = try NPZArchive(path: scratch.path("1.npz"))
    let recorded = try NPZArchive(path: Command.trace)
    for (name, tolerance) in [("rois_output", Float(0.02)), ("cls_prob_reshape_output", 1e-4)] {
      let (a, b) = (try found.tensor(named: name), try recorded.tensor(named: "activations/" + name))
      let worst =
        zip(try #require(a).elements(as: Float.self), try #require(b).elements(as: Float.self))
        .map { abs($0 - $1) }.max() ?? 1
      #expect(worst <= tolerance, "\(name): \(worst)")
    }
  }

  @Test("tensors come from npy and HDF5 as from npz, whole numbers too, and double precision writes doubles")
  func tensors() throws {
    let scratch = try Scratch()
    let trace = try NPZArchive(path: Command.trace)
    let data = try #require(try trace.tensor(named: "inputs/data"))
    let info = try #require(try trace.tensor(named: "inputs/im_info"))
    let npy = try NPYWriter(path: scratch.path("anything.npy"))
    try npy.write(data, named: "data")
    try npy.finish()
    let hdf5 = try HDF5Writer(path: scratch.path("info.h5"))
    try hdf5.write(info, named: "im_info")
    try hdf5.finish()
    let result = try Command.run(
      "run", Command.checkpoint, "--input", "data=" + scratch.path("anything.npy"), "--input",
      scratch.path("info.h5"), "--precision", "double", "-o", scratch.path("out.h5"), "--soft-nms", "0.5",
      "--show-score", "0")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("double"))
    let output = try HDF5File(path: scratch.path("out.h5"))
    #expect(output.header(of: "cls_prob_reshape_output")?.elementType == .float64)
  }

  @Test("an operator that nobody knows is named before anything is done, and so is an input that is missing")
  func refused() throws {
    let scratch = try Scratch()
    let symbol = try String(
      contentsOf: Repository.fixtures.appending(path: "networks/rfcn_dcn_coco-symbol.json"), encoding: .utf8)
    let strange = try scratch.file(
      Array(symbol.replacing("_contrib_DeformableConvolution", with: "Mystery").utf8), "strange.json")
    let unknown = try Command.run(
      "run", Command.checkpoint, "--symbol", strange, "--input", Command.trace, "-o", scratch.path("out.npz"))
    #expect(unknown.status == 3)
    #expect(unknown.errors.contains("Mystery"))
    let trace = try NPZArchive(path: Command.trace)
    let npy = try NPYWriter(path: scratch.path("info.npy"))
    try npy.write(try #require(try trace.tensor(named: "inputs/im_info")), named: "im_info")
    try npy.finish()
    let missing = try Command.run(
      "run", Command.checkpoint, "--input", "im_info=" + scratch.path("info.npy"))
    #expect(missing.status == 2)
    #expect(missing.errors.contains("'data' (float32 ["), "\(missing.errors)")
    #expect(try !scratch.names.contains("out.npz"))
  }

  @Test("wrong usage is exit status 2, a damaged picture 3, and neither leaves a file")
  func usage() throws {
    let scratch = try Scratch()
    let photo = try picture(scratch)
    let existing = try scratch.file([1], "out.npz")
    let damaged = try scratch.file(
      Array(try Data(contentsOf: URL(filePath: photo)).prefix(100)), "damaged.png")
    let input = "data=" + photo
    func status(_ arguments: String...) throws -> Int32 {
      switch arguments.count {
      case 0: try Command.run("run", Command.checkpoint).status
      case 2: try Command.run("run", Command.checkpoint, arguments[0], arguments[1]).status
      default:
        try Command.run("run", Command.checkpoint, arguments[0], arguments[1], arguments[2], arguments[3])
          .status
      }
    }
    #expect(try status() == 2)
    #expect(try status("--input", "nothing=" + photo) == 2)
    #expect(try status("--input", scratch.path("nowhere.png")) == 2)
    #expect(try status("--input", input, "-o", existing) == 2)
    #expect(try status("--input", input, "-o", scratch.path("out.txt")) == 2)
    #expect(try status("--input", input, "--value", "*") == 2)
    #expect(try status("--input", input, "--nms", "7") == 2)
    #expect(try status("--input", input, "--region", "1,2,3") == 2)
    #expect(try status("--input", input, "--region", "1,2,3,4") == 2)
    #expect(try status("--input", Command.trace, "--draw", scratch.path("x.png")) == 2)
    #expect(try status("--input", "data=" + damaged) == 3)
    #expect(try scratch.names == ["damaged.png", "out.npz", "photo.png"])
  }

  @Test("the README's program is the one that is built here, and prints detections")
  func example() throws {
    let program = try String(
      contentsOf: Repository.root.appending(path: "Tests/ReadmeExample/main.swift"), encoding: .utf8)
    let readme = try String(contentsOf: Repository.root.appending(path: "README.md"), encoding: .utf8)
    #expect(readme.contains("```swift\n\(program)```\n"))
    let scratch = try Scratch()
    let result = try Command.runExample(Command.checkpoint, picture(scratch))
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.output.isEmpty)
  }
}
