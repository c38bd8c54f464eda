import Bytes
import Foundation
import Pictures
import TestSupport
import Testing

/// What Schemas/onnxruntime.md shows, run as it stands there.
@Suite("The page of ONNX Runtime", .enabled(if: PythonProgram.pictures != nil))
struct ONNXPageTests {
  /// A picture with some structure, so flat that the network's input is small: 1000×32.
  private static var photo: Picture {
    var picture = Picture(width: 250, height: 8)
    for y in 0..<8 {
      for x in 0..<250 {
        picture[x, y] = Color(
          red: UInt8(x), green: UInt8(31 * y), blue: UInt8((x * x + 7 * y) % 256))
      }
    }
    return picture
  }

  private static func python(of page: String) throws -> String {
    let text = try String(contentsOf: Repository.root.appending(path: page), encoding: .utf8)
    let start = try #require(text.range(of: "```python\n"))
    let end = try #require(text.range(of: "```", range: start.upperBound..<text.endIndex))
    return String(text[start.upperBound..<end.lowerBound])
  }

  @Test("its lines find in a picture what the network finds here")
  func lines() throws {
    let python = try #require(PythonProgram.pictures)
    let scratch = try Scratch()
    let picture = scratch.path("photo.png")
    try Self.photo.writePNG(path: picture, replacing: false)
    let model = scratch.path("rfcn.onnx")
    let exported = try Command.run("export", Command.checkpoint, "-o", model, "--detections")
    #expect(exported.status == 0, "\(exported.errors)")
    let result = try python.run(try Self.python(of: "Schemas/onnxruntime.md"), model, picture)
    #expect(result.status == 0, "\(result.output)")
    let ours = try Command.run("run", Command.checkpoint, "--input", "data=" + picture, "--json")
    let document = try JSONValue(parsing: Array(ours.output.utf8).span.bytes, file: "standard output")
    let detections = document["detections"]?.listValue ?? []
    let lines = result.output.split(separator: "\n")
    #expect(!detections.isEmpty)
    #expect(lines.count == detections.count)
    for (line, detection) in zip(lines, detections).prefix(10) {
      #expect(line.hasPrefix(detection["class"]?.textValue ?? "?"), "\(line) \(detection.written())")
    }
  }
}
