internal import Graphs
internal import Operators
internal import Tensors

extension TraceVerifier {
  /// What judges a node part by part, its values read; nil where the node has to be rerun as a whole.
  ///
  /// - Parameter threads: for what has to be made ready.
  /// - Throws: the trace's format's error where it cannot be read.
  func partJudge(of index: Int, _ values: RunValues, on threads: Threads) throws -> PartJudge? {
    let node = model.graph.nodes[index]
    // How errors spread over a value is gathered of the whole alone.
    guard options.shownLayers == 0, node.outputs.count == 1, isWanted(node.outputs[0]),
      let operation = node.operation as? any PartwiseOperator,
      let recorded = try values.recorded(node.outputs[0]), !recorded.elementType.isOpaque,
      let inputs = try recordedInputs(of: node, values), unsuitable(inputs, for: operation) == nil,
      let parts = operation.parts(of: inputs, output: recorded.shape, size: PartJudge.size)
    else { return nil }
    // What cannot be rerun is told where it is tried as a whole.
    return try? PartJudge(
      parts, recorded: recorded, precision: precision, tolerance: options.tolerance, on: threads)
  }

  /// A node's report from its parts; nil where it fails, for a diagnosis wants the whole.
  ///
  /// - Parameter meanwhile: other work that one thread does while the others judge.
  func report(_ index: Int, _ judge: PartJudge, meanwhile: @Sendable () -> Void) -> LayerReport? {
    guard let statistics = judge.judge(on: options.threads, meanwhile: meanwhile),
      !statistics.worstVerdict.isFailure
    else {
      return nil
    }
    var report = report(model.graph.nodes[index], 0, statistics.worstVerdict)
    report.statistics = statistics
    return report
  }

  /// The inputs of a node that were all recorded; nil where one was not.
  private func recordedInputs(of node: Node, _ values: RunValues) throws -> [Tensor?]? {
    do {
      let inputs = try node.inputs.map { try $0.map { try values.input($0) } }
      return inputs.allSatisfy { $0?.stretch.isEmpty != false } ? inputs.map { $0?.tensor } : nil
    } catch is Gap { return nil }
  }
}
