import Bytes
import TestSupport
import Testing

@Suite("The command dialect")
struct DialectCommandTests {
  @Test("a recorded layer is as declared, its margin is shown, and what is undecided gets a probe")
  func table() throws {
    let result = try Command.run(
      "dialect", Command.checkpoint, "--trace", Command.trace, "--layers", "res5a_branch2b_output")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("1 of 1 layers tested, 0 as declared, 0 otherwise, 1 not decided"))
    #expect(result.output.contains("positions relative to the window"))
    #expect(result.output.contains("a probe decides: dcnconv probe make"))
  }

  @Test("its JSON has the candidates with their errors")
  func json() throws {
    let result = try Command.run(
      "dialect", Command.checkpoint, "--trace", Command.trace, "--layers", "conv1_output", "--json")
    #expect(result.status == 0)
    let document = try JSONValue(parsing: Array(result.output.utf8).span.bytes, file: "standard output")
    #expect(document["schema"]?.textValue == "dcnconv-dialect/1")
    let layer = document["layers"]?.listValue?.first
    #expect(layer?["decision"]?.textValue == "declared")
    #expect((layer?["best"]?.listValue?.first?["maxErrorToSigma"]?.numberValue ?? 9) < 6)
    #expect((layer?["next"]?["maxErrorToSigma"]?.numberValue ?? 0) > 10)
    #expect(layer?["next"]?["refuted"]?.booleanValue == true)
    #expect(layer?["probe"] == .null)
  }

  @Test("a trace that is not there is wrong usage")
  func missing() throws {
    #expect(try Command.run("dialect", Command.checkpoint, "--trace", "none.npz").status == 2)
    #expect(try Command.run("dialect", Command.checkpoint).status == 2)
  }
}
