import Bytes
import Foundation
import TestSupport
import Testing

@Suite("The command diff")
struct DiffTests {
  @Test("a pack does not differ from its source; a changed weight is named, with exit status 1")
  func diff() throws {
    let scratch = try Scratch()
    let pack = scratch.path("m.dcnpack")
    #expect(try Command.run("import", Command.checkpoint, "-o", pack).status == 0)
    let same = try Command.run("diff", Command.checkpoint, pack)
    #expect(same.status == 0, "\(same.output)\(same.errors)")
    #expect(same.output.hasSuffix("the same\n"))
    var weights = try Data(contentsOf: URL(fileURLWithPath: Command.checkpoint))
    weights[200_000] ^= 1
    try weights.write(to: URL(fileURLWithPath: scratch.path("other-0000.params")))
    try FileManager.default.copyItem(
      atPath: Command.checkpoint.replacingOccurrences(of: "-0000.params", with: "-symbol.json"),
      toPath: scratch.path("other-symbol.json"))
    let other = try Command.run("diff", pack, scratch.path("other-0000.params"), "--json")
    #expect(other.status == 1)
    let document = try JSONValue(parsing: Array(other.output.utf8).span.bytes, file: "standard output")
    #expect(document["graph"]?["changed"]?.listValue?.isEmpty == true)
    let changed = document["tensors"]?["changed"]?.listValue ?? []
    #expect(changed.count == 1)
    #expect(changed.first?["deviation"]?["elements"]?.integerValue == 1)
  }
}
