import Bytes
import Foundation
import Graphs
import Pictures
import Tensors
import TestSupport
import Testing
import Toolkit

@Suite("Results")
struct NetworkResultTests {
  private static let recipe = NetworkRecipe(
    input: NetworkRecipe.ImageInput(shortSide: 100, longSide: 200, stride: 0, meansRGB: [0, 0, 0]),
    output: .detections(
      NetworkRecipe.Detections(
        rois: "rois", scores: "cls", deltas: "box", isClassAgnostic: true, scoreThreshold: 0.1,
        suppression: .greedy(threshold: 0.3), maximumCount: 10)),
    classNames: ["background", "cat"])
  private static let size = PreparedPicture.Size(width: 100, height: 100)
  private static let frame = PreparedPicture.Frame(picture: size, input: size, content: size, scale: 1)
  private static let values: [String: Tensor] = [
    "rois": Tensor([0, 10, 20, 59, 79, 0, 70, 70, 90, 90] as [Float], shape: [2, 5]),
    "cls": Tensor([0.25, 0.75, 0.5, 0.5] as [Float], shape: [1, 2, 2]),
    "box": Tensor([Float](repeating: 0, count: 16), shape: [1, 2, 8]),
  ]

  @Test("detections are read by the recipe's names, and written as JSON")
  func detections() throws {
    #expect(Self.recipe.resultValues == ["rois", "cls", "box"])
    let result = try Self.recipe.result(of: Self.values, frame: Self.frame)
    #expect(
      JSONValue.object(result.json).written(.compact)
        == #"{"detections":[{"class":"cat","index":1,"score":0.75,"box":[10.0,20.0,59.0,79.0]},"#
        + #"{"class":"cat","index":1,"score":0.5,"box":[70.0,70.0,90.0,90.0]}]}"#)
    let strict = try Self.recipe.result(
      of: Self.values, frame: Self.frame, options: DetectionOptions(scoreThreshold: 0.6))
    #expect(strict.json["detections"]?.listValue?.count == 1)
  }

  @Test("a missing output is named")
  func missing() throws {
    var values = Self.values
    values["cls"] = nil
    let error = #expect(throws: RecipeError.self) { try Self.recipe.result(of: values, frame: Self.frame) }
    #expect(error?.subject == "cls")
  }

  @Test("detections above the score are drawn at their places")
  func drawnDetections() throws {
    let result = try Self.recipe.result(of: Self.values, frame: Self.frame)
    let picture = Picture(width: 100, height: 100)
    let drawn = result.drawn(on: picture)
    let color = Palette.distinct[1]
    #expect(drawn[59, 79] == color && drawn[30, 79] == color && drawn[30, 50] == .black)
    #expect(drawn[80, 90] == .black)
    #expect(result.drawn(on: picture, minimumScore: 0.4)[80, 90] == color)
    #expect(result.drawn(on: picture, minimumScore: 1) == picture)
  }

  @Test("a segmentation is drawn in its data set's colours, and written as JSON")
  func segmentation() throws {
    let names = (0..<18).map { "class \($0)" } + ["bicycle"]
    let recipe = NetworkRecipe(
      input: Self.recipe.input, output: .segmentation(scores: "softmax_output"), classNames: names)
    var scores = [Float](repeating: 0, count: 19 * 100 * 100)
    for pixel in 0..<2500 { scores[13 * 10_000 + pixel] = 1 }
    let result = try recipe.result(
      of: ["softmax_output": Tensor(scores, shape: [1, 19, 100, 100])], frame: Self.frame)
    #expect(
      JSONValue.object(result.json).written(.compact)
        == #"{"segmentation":{"width":100,"height":100,"classes":[{"class":"class 0","index":0,"share":0.75},"#
        + #"{"class":"class 13","index":13,"share":0.25}]}}"#)
    let drawn = result.drawn(on: Picture(width: 100, height: 100, filledWith: Color(0x00008E)))
    #expect(drawn[50, 10] == Color(0x00008E) && drawn[50, 40] == Color(red: 72, green: 36, blue: 134))
    #expect(drawn.height > 100)
    guard case .segmentation(let segmentation) = result else { return }
    #expect(segmentation[3, 3] == 13 && segmentation[99, 99] == 0)
  }

  @Test("a written picture is read from its file again, and replaced only on request")
  func file() throws {
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "out.png").path
    let picture = Picture(width: 5, height: 4, filledWith: Color(0x123456))
    try picture.writePNG(path: path, replacing: false)
    #expect(try Picture(path: path) == picture)
    #expect(throws: ByteError.self) { try picture.writePNG(path: path, replacing: false) }
    try picture.writePNG(path: path, replacing: true)
    #expect(throws: ByteError.self) { try Picture(path: path + ".none") }
  }
}
