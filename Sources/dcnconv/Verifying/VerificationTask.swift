internal import Engine
internal import Formats
internal import Operators
internal import Tensors
internal import Toolkit
internal import Verification

/// One model with what it is verified against.
struct VerificationTask {
  let model: String
  let reading: ModelReading
  /// The file that the model was imported from.
  let source: String?
  let trace: String?
  let options: TraceVerifier.Options
  let requirements: Requirements

  /// Nil where the model is no pack and no source was named: then there is nothing to check.
  ///
  /// - Throws: the formats' errors.
  func checkIntegrity(_ common: CommonOptions) throws -> IntegrityCheck.Result? {
    let check = try IntegrityCheck(path: model, common)
    guard check.isPack || source != nil else { return nil }
    return try check.run(source: source, reading)
  }

  /// Nil where there is no trace to judge the model by.
  ///
  /// - Throws: the formats' errors.
  func openForTrace() throws -> OpenedModel? { trace == nil ? nil : try reading.open(model) }

  /// Nil where there is no trace.
  ///
  /// - Parameter opened: the model.
  /// - Throws: the formats' errors, or the trace's where it cannot be read.
  func judge(_ opened: OpenedModel, _ common: CommonOptions) throws -> ModelReport? {
    guard let trace else { return nil }
    let bar = ProgressBar("judging", common, counting: "layers")
    defer { bar.finish() }
    let recording = try openTrace(trace)
    let verifier = try TraceVerifier(opened.model, against: recording, options)
    let layers = try verifier.judge { done, total in bar.update(done: done, total: total) }
    var report = ModelReport(
      modelPath: model, tracePath: trace, modelDigest: try opened.fileDigest(),
      instructionSet: "\(InstructionSet.chosen)", layers: layers, requirements: requirements)
    report.traceMetadata = recording.metadata
    return report
  }

  private func openTrace(_ path: String) throws -> Trace {
    try HDF5Trial.pass(path)
    return try Trace(TensorFiles.open(path: path), path: path)
  }

  /// Nothing where there is no trace.
  ///
  /// - Parameter opened: the model.
  /// - Throws: the formats' errors, `VerificationError` where the trace lacks an input.
  func judgeEndToEnd(_ opened: OpenedModel, _ common: CommonOptions) throws -> [EndToEndReport] {
    guard let trace else { return [] }
    let bar = ProgressBar("rerunning", common, counting: "layers")
    defer { bar.finish() }
    let verifier = try EndToEndVerifier(
      opened.model, against: openTrace(trace),
      arithmetic: options.arithmetic, threads: options.threads)
    return try verifier.judge { done, total in bar.update(done: done, total: total) }
  }
}
