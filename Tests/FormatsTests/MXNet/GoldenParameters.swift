import Bytes
import Foundation
import TestSupport
import Testing

/// The recorded `.params` files and what was expected of each.
struct GoldenParameters: CustomTestStringConvertible {
  let file: String
  let expect: String
  let entry: JSONValue

  var testDescription: String { file }
  var path: String { Self.folder + file }

  private static let folder = (Repository.golden?.path ?? "") + "/params/"

  static let all: [GoldenParameters] = {
    guard Repository.golden != nil,
      let text = try? String(contentsOfFile: folder + "index.json", encoding: .utf8)
    else { return [] }
    // Python wrote the sum of a NaN so, which is no JSON.
    let index = Array(text.replacing("NaN", with: "null").utf8)
    let files = (try? JSONValue(parsing: index.span.bytes, file: "index.json"))?["files"]?.listValue ?? []
    return files.map {
      GoldenParameters(
        file: $0["file"]?.textValue ?? "", expect: $0["expect"]?.textValue ?? "", entry: $0)
    }
  }()
}
