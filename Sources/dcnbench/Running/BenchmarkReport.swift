internal import Bytes
internal import Operators

/// All measurements of a run with the machine that they were taken on (schema `dcnconv-bench/1`).
struct BenchmarkReport {
  private let measurements: [Measurement]

  init(_ measurements: [Measurement]) { self.measurements = measurements }

  var json: JSONValue {
    .object([
      "schema": "dcnconv-bench/1",
      "machine": .text(Machine.name),
      "isa": .text("\(InstructionSet.chosen)"),
      "results": .list(measurements.map(\.json)),
    ])
  }
}
