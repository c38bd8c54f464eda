import Formats
import Foundation
import Graphs
import Operators
import Tensors
import TestSupport
import Testing
import Verification

/// What a framework answered to its probe, by `run_probe.py`; what is known of it stands in Schemas/probe.md.
struct RecordedPeer: Sendable, CustomStringConvertible {
  let file: String
  let target: ProbeTarget
  /// Cases with other bits than declared, with a part of what they are called.
  let failing: [String: String]
  /// What comes of offsets that are NaN: a part of what is told or of the refusal, by a part of the case's name.
  let nan: [(name: String, words: String)]

  var description: String { file }

  static let all = [
    RecordedPeer(
      file: "onnxruntime", target: .onnxruntime, failing: [:], nan: [("", "counts as outside the map")]),
    RecordedPeer(file: "mxnet", target: .mxnet, failing: [:], nan: [("", "counts as outside the map")]),
    RecordedPeer(
      file: "torch", target: .torch, failing: [:], nan: [("", "the process died of it (signal 11)")]),
    RecordedPeer(
      file: "openvino", target: .openvino, failing: ["pair_zero": "the closed border"],
      nan: [("closed", "the process died of it"), ("zero", "counts as outside"), ("v2", "counts as outside")]),
    RecordedPeer(
      file: "openvino_default", target: .openvino,
      failing: ["pair_zero": "the closed border", "convolution": "bfloat16"],
      nan: [("closed", "the process died of it"), ("zero", "counts as outside"), ("v2", "counts as outside")]),
    RecordedPeer(
      file: "ncnn", target: .ncnn, failing: ["roi_pooling": "unnamed"],
      nan: [("", "counts as outside the map")]),
  ]
}

@Suite("What frameworks answered to probes")
struct RecordedProbeTests {
  @Test(
    "every recorded answer has the expected bits, or the bug's that is known", arguments: RecordedPeer.all)
  func answers(peer: RecordedPeer) throws {
    let path = Repository.fixtures.appending(path: "probes/\(peer.file).npz").path
    let answers = try TensorFiles.open(path: path)
    let cases = Probe(ofOperator: nil, for: peer.target).cases
    var inputs = MemorySource()
    for one in cases {
      for (index, tensor) in one.inputs.enumerated() { inputs.tensors[one.arrayName(index)] = tensor }
    }
    let findings = try ProbeJudge(Probe.graph(of: cases), inputs: inputs, answers: answers).judge()
    #expect(answers.metadata["version"]?.isEmpty == false)
    for finding in findings {
      if finding.name.hasSuffix("_nan") {
        let words = peer.nan.first { finding.name.contains($0.name) || $0.name.isEmpty }?.words ?? "?"
        #expect("\(finding.outcome)".contains(words), "\(finding.name): \(finding.outcome)")
      } else if let phrase = peer.failing[finding.name] {
        #expect(finding.isFailure)
        #expect("\(finding.outcome)".contains(phrase), "\(finding.name): \(finding.outcome)")
      } else {
        #expect(finding.outcome == .same, "\(finding.name): \(finding.outcome)")
      }
    }
  }
}
