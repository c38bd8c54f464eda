import Foundation
import Pictures
import TestSupport
import Testing

@Suite("Resizing")
struct ResizingTests {
  static let cases = try? RecordedArrays(Repository.fixtures.appending(path: "images/resized.npz"))
  static let indices = (cases?.names ?? []).filter { $0.hasPrefix("in/") }.map { String($0.dropFirst(3)) }
  static let rules = (cases?.names ?? []).filter { $0.hasPrefix("rule/") }.map { String($0.dropFirst(5)) }

  @Test("resized pictures have OpenCV's bits: enlarged, reduced, halved, one pixel wide", arguments: indices)
  func resize(_ index: String) throws {
    let cases = try #require(Self.cases)
    let scale = try #require(cases["scale/" + index].elements(as: Double.self).first)
    let picture = Picture(blueFirst: try cases["in/" + index])
    #expect(picture.resized(by: scale) == Picture(blueFirst: try cases["out/" + index]))
  }

  @Test("network inputs have OpenCV's and numpy's bits", arguments: rules)
  func network(_ index: String) throws {
    let cases = try #require(Self.cases)
    let rule = try cases["rule/" + index].elements(as: Int64.self).map(Int.init)
    let expected = try cases["network/" + index]
    let input = try #require(
      NetworkInput(
        Picture(blueFirst: try cases["picture/" + index]),
        NetworkInput.Rule(shortSide: rule[0], longSide: rule[1], stride: rule[2], means: .released)))
    #expect([3, input.height, input.width] == expected.shape)
    #expect(input.values.map(\.bitPattern) == expected.elements(as: UInt32.self))
  }

  @Test(
    "recorded pictures become the recorded network inputs, bit for bit",
    .enabled(if: Repository.golden != nil), arguments: 0..<6,
    [("rfcn", 60, 100, 0), ("fpn", 80, 128, 32), ("deeplab", 102, 205, 0)])
  func golden(_ index: Int, _ recipe: (name: String, short: Int, long: Int, stride: Int)) throws {
    let recorded = try Golden(index)
    let picture = try Picture(of: recorded.file, recorded.name)
    let rule = NetworkInput.Rule(
      shortSide: recipe.short, longSide: recipe.long, stride: recipe.stride, means: .released)
    let input = try #require(NetworkInput(picture, rule))
    let expected = try recorded.arrays[recipe.name + "/data"]
    #expect([1, 3, input.height, input.width] == expected.shape)
    #expect(input.values.map(\.bitPattern) == expected.elements(as: UInt32.self))
    let info = try recorded.arrays[recipe.name + "/im_info"].elements(as: UInt32.self)
    #expect(input.info.map(\.bitPattern) == info)
  }

  @Test("blue comes first where the rule says so")
  func channelOrder() throws {
    let picture = Picture(width: 2, height: 2, filledWith: Color(0x0A141E))
    let rule = NetworkInput.Rule(
      shortSide: 2, longSide: 2, means: NetworkInput.Means(red: 1, green: 2, blue: 3), startsWithRed: false)
    let input = try #require(NetworkInput(picture, rule))
    #expect(input.values == [27, 27, 27, 27, 18, 18, 18, 18, 9, 9, 9, 9])
  }

  @Test("a side that would vanish, and scales and rules that make no sense, give nothing")
  func refused() {
    let line = Picture(width: 5000, height: 1)
    #expect(line.resized(by: 0.4) == nil)
    for scale in [0, -1, .nan, .infinity, 1e300] { #expect(line.resized(by: scale) == nil) }
    let means = NetworkInput.Means.released
    #expect(NetworkInput(line, NetworkInput.Rule(shortSide: 600, longSide: 1000, means: means)) == nil)
    for (short, long, stride) in [(0, 10, 0), (10, -1, 0), (10, 10, -1), (.max, .max, 0), (10, 10, .max)] {
      let rule = NetworkInput.Rule(shortSide: short, longSide: long, stride: stride, means: means)
      #expect(NetworkInput(Picture(width: 10, height: 10), rule) == nil)
    }
  }
}

extension NetworkInput.Means {
  /// Those of the released networks.
  static let released = NetworkInput.Means(red: 123.15, green: 115.90, blue: 103.06)
}
