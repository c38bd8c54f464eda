import Foundation
import TestSupport
import Testing

@Suite("dcnconv bench")
struct BenchTests {
  @Test(
    "ends with status 2 where an argument is wrong, and says which",
    arguments: [
      ["--only", "X9"], ["--threads", "0"], ["--nothing"],
    ])
  func usage(arguments: [String]) throws {
    let result = try Command.run(["bench"] + arguments)
    #expect(result.status == 2)
    #expect(result.errors.contains(arguments[arguments.count - 1]))
  }

  @Test("compares with a baseline by ratios: a loss, and nothing to compare, are failures")
  func baseline() throws {
    let scratch = try Scratch()
    func status(_ ratios: String) throws -> (status: Int32, errors: String) {
      let path = scratch.path("ratios.json")
      try Data(#"{"schema": "dcnconv-bench-ratios/1", "ratios": [\#(ratios)]}"#.utf8).write(
        to: URL(filePath: path))
      let result = try Command.run(["bench", "--quick", "--only", "C5", "--threads", "1", "--baseline", path])
      return (result.status, result.errors)
    }
    func ratio(_ name: String, _ speed: Double) -> String {
      #"{"case": "\#(name)", "threads": 1, "peer": "sgemm", "speed": \#(speed)}"#
    }
    #expect(try status(ratio("C5", 1e-6)).status == 0)
    let loss = try status(ratio("C5", 1e6))
    #expect(loss.status == 1)
    #expect(loss.errors.contains("C5, threads 1"))
    let other = try status(ratio("L1", 1))
    #expect(other.status == 1)
    #expect(other.errors.contains("nothing to compare"))
  }
}
