import Foundation
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing
import Verification

/// MXNet's recorded runs of single operators as layers, where the recorded data is present.
enum RecordedLayers {
  /// The layers of one file of recorded runs, each with its first recorded output.
  static func layers(_ file: String) throws -> [(layer: PlantedLayer, recorded: Tensor)] {
    let (cases, arrays) = try RecordedCase.load(file)
    return try cases.map { (try $0.layer(in: arrays), try $0.tensor("out/0", in: arrays)) }
  }

  static var files: [String] {
    guard let folder = Repository.golden?.appending(path: "ops") else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }
}

@Suite("MXNet's recorded operators", .enabled(if: Repository.golden != nil))
struct RecordedOperatorTests {
  @Test("raise no alarm", arguments: RecordedLayers.files)
  func clean(file: String) throws {
    var counts: [String: Int] = [:]
    for (layer, recorded) in try RecordedLayers.layers(file) {
      let report = try layer.judged(recorded)
      counts[report.verdict.rawValue, default: 0] += 1
      #expect(
        !report.verdict.isFailure,
        "\(layer.name): \(ReportText.summary(report))")
    }
    print(
      "recorded \(file): "
        + counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
  }

  /// The recorded runs of an operator under attributes that MXNet does not have: each that differs must be named.
  private func misdeclared<O: Operator>(
    _ file: String, as type: O.Type, _ phrase: String, _ alter: (inout O) -> Void
  ) throws {
    var named = 0
    for (layer, recorded) in try RecordedLayers.layers(file) {
      guard var operation = layer.operation as? O else { continue }
      alter(&operation)
      let wrong = PlantedLayer(name: layer.name, operation: operation, inputs: layer.inputs)
      let report = try wrong.judged(recorded)
      guard report.verdict.isFailure else { continue }
      let sentence = report.diagnosis ?? "no diagnosis"
      #expect(sentence.contains(phrase), "\(layer.name): \(sentence)")
      named += 1
    }
    #expect(named >= 2, "\(phrase): \(named) of the recorded runs differ")
    print("misdeclared \(file): \(phrase), \(named) named")
  }

  @Test("a border that MXNet does not have is named")
  func border() throws {
    try misdeclared("contrib_DeformableConvolution", as: DeformableConvolution.self, "the closed border") {
      $0.border = .zero
    }
    try misdeclared(
      "contrib_ModulatedDeformableConvolution", as: DeformableConvolution.self, "the zero border"
    ) { $0.border = .closed }
  }

  @Test("offsets in another order are named")
  func order() throws {
    try misdeclared(
      "contrib_DeformableConvolution", as: DeformableConvolution.self, "offsets read as y before x"
    ) { $0.offsetOrder = .xy }
    try misdeclared(
      "contrib_DeformablePSROIPooling", as: DeformablePSROIPooling.self, "trans read as x before y"
    ) { $0.transOrder = .yx }
  }

  @Test("a batch norm's gamma and a pooling's count of windows are named")
  func attributes() throws {
    try misdeclared("BatchNorm", as: BatchNorm.self, "gamma") { $0.fixGamma.toggle() }
    try misdeclared("Pooling", as: Pooling.self, "window counts rounded") {
      $0.convention = $0.convention == .valid ? .full : .valid
    }
  }
}
