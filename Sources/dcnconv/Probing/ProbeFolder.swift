internal import Bytes
internal import Formats
internal import Foundation
internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors
internal import Toolkit
internal import Verification

/// A probe on disk: probe.dcnpack with the cases as a graph, probe.json with the same for the program, the arrays,
/// the answers to expect, a model for each case where the framework reads ours, and the program.
struct ProbeFolder {
  let path: String

  /// Writes the probe.
  ///
  /// - Throws: `RecordingError` or the formats' errors where the folder cannot be written.
  func write(_ probe: Probe, for target: ProbeTarget) throws {
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      throw RecordingError(.environment, "no folder \(path): \(error.localizedDescription)")
    }
    let options = PackOptions(isDurable: false, replaces: true, threads: Threads(1))
    try Probe.graph(of: probe.cases).export(as: .pack, to: path + "/probe.dcnpack", options)
    try writeText(ProbeDocument.json(probe, for: target).written() + "\n", to: path + "/probe.json")
    let arrays = try TensorFiles.create(path: path + "/inputs.npz", replaces: true)
    for one in probe.cases {
      for (index, tensor) in one.inputs.enumerated() {
        try arrays.write(tensor, named: one.arrayName(index))
      }
    }
    try arrays.finish()
    let expected = try TensorFiles.create(path: path + "/expected.npz", replaces: true)
    for one in probe.cases {
      for answer in one.expectedAnswers { try expected.write(answer.tensor, named: answer.name) }
    }
    try expected.finish()
    if target == .mxnet {
      for one in probe.cases {
        let model = Probe.graph(of: [one])
        try model.export(as: .symbol, to: "\(path)/\(one.name)-symbol.json", options)
        guard !model.tensors.isEmpty else { continue }
        try model.export(as: .parameters, to: "\(path)/\(one.name)-0000.params", options)
      }
    }
    let program = try AtomicFile(path: path + "/run_probe.py", durable: false)
    let text = PackageResources.run_probe_py
    // SAFETY: an array of bytes has no padding.
    try unsafe program.write(text.span.bytes, at: 0)
    try program.commit()
  }

  /// Judges answers.
  ///
  /// - Throws: the formats' errors, `VerificationError` where the folder's files do not belong together.
  func judge(_ answers: any TensorSource) throws -> [ProbeFinding] {
    let model = try openModel(path: path + "/probe.dcnpack", architecture: .none).model
    return try ProbeJudge(
      model, inputs: TensorFiles.open(path: path + "/inputs.npz"), answers: answers
    ).judge()
  }
}

/// JSON of probes (Schemas/probe.md).
enum ProbeDocument {
  static func json(_ probe: Probe, for target: ProbeTarget) -> JSONValue {
    [
      "schema": "dcnconv-probe/1", "framework": .text(target.rawValue),
      "cases": .list(
        probe.cases.map { one in
          [
            "name": .text(one.name), "model": .text(one.model), "operator": .text(one.operation.name),
            "attributes": one.operation.attributes.json, "about": .text(one.about),
            "inputs": .list(
              one.inputs.indices.map {
                ["name": .text(one.operation.inputs[$0].name), "array": .text(one.arrayName($0))]
              }),
            "expected": .list(
              one.expectedAnswers.map {
                ["cause": $0.cause.map { .text($0) } ?? .null, "array": .text($0.name)]
              }),
          ]
        }),
      "leftOut": .list(probe.gaps.map { ["name": .text($0.name), "reason": .text($0.reason)] }),
    ]
  }

  static func json(_ findings: [ProbeFinding], framework: String) -> JSONValue {
    [
      "schema": "dcnconv-probe-verdict/1", "framework": .text(framework),
      "holds": .boolean(!findings.contains(where: \.isFailure)),
      "cases": .list(
        findings.map { finding -> JSONValue in
          let outcome: (name: String, text: String?, causes: [ProbeFinding.Cause])
          switch finding.outcome {
          case .same: outcome = ("same", nil, [])
          case .named(let causes): outcome = ("named", nil, causes)
          case .unnamed(let differing, let count, let first):
            outcome = ("unnamed", "\(differing) of \(count) elements differ, \(first)", [])
          case .told(let text): outcome = ("told", text, [])
          case .refused(let reason): outcome = ("refused", reason, [])
          }
          return [
            "name": .text(finding.name), "operator": .text(finding.operatorName),
            "outcome": .text(outcome.name), "text": outcome.text.map { .text($0) } ?? .null,
            "causes": .list(
              outcome.causes.map { ["cause": .text($0.cause), "remedy": .text($0.remedy)] }),
          ]
        }),
    ]
  }
}
