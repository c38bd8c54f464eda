import Foundation
import Graphs
import OrderedCollections
import Pictures
import Tensors
import TestSupport
import Testing
import Toolkit

@Suite("Pictures for networks")
struct PreparedPictureTests {
  static let recipe = NetworkRecipe.ImageInput(
    shortSide: 12, longSide: 20, stride: 8, meansRGB: [123.15, 115.90, 103.06])

  @Test("the inputs are the recorded network input, and the info that goes with it")
  func inputs() throws {
    let cases = try RecordedArrays(Repository.fixtures.appending(path: "images/resized.npz"))
    let expected = try cases["network/1"]
    let prepared = try Self.recipe.prepare(Picture(blueFirst: try cases["picture/1"]), file: "a.png")
    let data = try #require(prepared.inputs["data"])
    #expect(data.shape.dimensions == [1] + expected.shape)
    #expect(data.elements(as: Float.self).map(\.bitPattern) == expected.elements(as: UInt32.self))
    let frame = prepared.frame
    #expect(
      prepared.inputs["im_info"]?.elements(as: Float.self)
        == [Float(frame.input.height), Float(frame.input.width), Float(frame.scale)])
    #expect(Array(prepared.inputs.keys) == ["data", "im_info"])
  }

  @Test("a network without info gets none")
  func withoutInfo() throws {
    var recipe = Self.recipe
    recipe.imageInfo = nil
    let prepared = try recipe.prepare(Picture(width: 30, height: 24), file: "a.png")
    #expect(Array(prepared.inputs.keys) == ["data"])
    #expect(
      prepared.frame
        == PreparedPicture.Frame(
          picture: PreparedPicture.Size(width: 30, height: 24),
          input: PreparedPicture.Size(width: 16, height: 16),
          content: PreparedPicture.Size(width: 15, height: 12), scale: 0.5))
  }

  @Test("boxes become regions in input pixels, rounded half to even")
  func regions() {
    let frame = PreparedPicture.Frame(
      picture: PreparedPicture.Size(width: 10, height: 10), input: PreparedPicture.Size(width: 5, height: 5),
      content: PreparedPicture.Size(width: 5, height: 5),
      scale: 0.5)
    let regions = frame.regions([Box(left: 1, top: 3, right: 5, bottom: 8)])
    #expect(regions.shape == [1, 1, 5])
    #expect(regions.elements(as: Float.self) == [0, 0, 2, 2, 4])
  }

  @Test("a picture that would vanish and a recipe without sense are refused")
  func refused() {
    let line = Picture(width: 900, height: 1)
    let error = #expect(throws: RecipeError.self) { try Self.recipe.prepare(line, file: "line.png") }
    #expect(error?.description.hasPrefix("line.png: found 900×1 pixels") == true)
    var recipe = Self.recipe
    recipe.meansRGB = [1, 2]
    #expect(throws: RecipeError.self) { try recipe.prepare(Picture(width: 9, height: 9), file: "a.png") }
    recipe = Self.recipe
    recipe.channelOrder = "GBR"
    #expect(throws: RecipeError.self) { try recipe.prepare(Picture(width: 9, height: 9), file: "a.png") }
  }
}

@Suite("Segmentation")
struct SegmentationTests {
  private static let frame = PreparedPicture.Frame(
    picture: PreparedPicture.Size(width: 4, height: 2), input: PreparedPicture.Size(width: 3, height: 2),
    content: PreparedPicture.Size(width: 2, height: 1),
    scale: 0.5)

  @Test("each pixel gets the first class with the highest score, the padding none")
  func argmax() throws {
    let scores: [Float] = [
      0.2, 0.4, 9, 9, 9, 9,  // class 0
      0.5, 0.4, 0, 0, 0, 0,
      0.5, 0.3, 0, 0, 0, 0,
    ]
    let result = try Segmentation(
      scores: ("softmax", Tensor(scores, shape: [1, 3, 2, 3])), classNames: ["road", "car"], frame: Self.frame
    )
    #expect(result.labels == LabelMap(width: 2, height: 1, labels: [1, 0]))
    #expect(result.onPicture.labels == [1, 1, 0, 0, 1, 1, 0, 0])
    #expect(result.shares.map(\.className) == ["road", "car"] && result.shares.map(\.share) == [0.5, 0.5])
    #expect(result.name(of: 2) == "class 2")
    let double = try Segmentation(
      scores: ("softmax", Tensor(scores.map(Double.init), shape: [1, 3, 2, 3])), classNames: [],
      frame: Self.frame)
    #expect(double.labels == result.labels)
  }

  @Test("scores of another size, of too many classes or of whole numbers are refused")
  func refused() {
    for shape: Shape in [[1, 3, 3, 2], [2, 3, 2, 3], [1, 257, 2, 3], [3, 2, 3], [1, 0, 2, 3]] {
      let scores = Tensor([Float](repeating: 0, count: shape.count), shape: shape)
      #expect(throws: RecipeError.self) {
        try Segmentation(scores: ("softmax", scores), classNames: [], frame: Self.frame)
      }
    }
    let whole = Tensor([Int32](repeating: 0, count: 18), shape: [1, 3, 2, 3])
    #expect(throws: RecipeError.self) {
      try Segmentation(scores: ("softmax", whole), classNames: [], frame: Self.frame)
    }
  }
}

extension Picture {
  /// Recorded pixels in OpenCV's order of channels.
  init(blueFirst entry: RecordedArrays.Entry) {
    var pixels = entry.bytes
    for pixel in stride(from: 0, to: pixels.count, by: 3) { pixels.swapAt(pixel, pixel + 2) }
    self.init(width: entry.shape[1], height: entry.shape[0], pixels: pixels)
  }
}
