internal import Graphs
internal import Operators
internal import Tensors

/// Gradients of single layers, from the recorded gradient of a layer's output to those of its inputs.
extension TraceVerifier {
  /// Judges the recorded gradients of a node that has some; nothing where its output's gradient was not recorded.
  func judgeGradients(_ index: Int, of values: RunValues) throws -> [LayerReport] {
    let node = model.graph.nodes[index]
    guard let operation = node.operation as? any DifferentiableOperator, let output = node.outputs.first,
      isWanted(output), let head = try values.run.gradient(name(of: output))
    else { return [] }
    return try operation.differentiableInputs.compactMap { place in
      guard node.inputs.indices.contains(place), let input = node.inputs[place] else { return nil }
      var layer = report(node, 0, .notJudged)
      layer.gradient = name(of: input)
      guard let recorded = try values.run.gradient(name(of: input)) else {
        layer.reason = "its gradient was not recorded"
        return layer
      }
      let readers = model.graph.nodes.reduce(0) { count, node in count + node.inputs.count { $0 == input } }
      guard readers == 1 else {
        layer.reason = "\(readers) inputs of layers read it: its gradient is the sum of theirs"
        return layer
      }
      let inputs: [LayerInput?]
      do { inputs = try node.inputs.map { try $0.map { try values.input($0) } } } catch let gap as Gap {
        layer.reason = gap.reason
        return layer
      }
      guard inputs.allSatisfy({ $0?.error == nil }) else {
        layer.reason = "what its inputs were computed from was recorded, but not they themselves"
        return layer
      }
      return judgeGradient(
        layer, operation.gradient(of: place), inputs.map { $0?.tensor } + [head], recorded)
    }
  }

  private func judgeGradient(
    _ layer: LayerReport, _ gradient: any Operator, _ inputs: [Tensor?], _ recorded: Tensor
  ) -> LayerReport {
    var layer = layer
    if let reason = unsuitable(inputs, for: gradient) {
      layer.reason = reason
      return layer
    }
    let outputs: [Tensor]
    do {
      outputs = try gradient.evaluate(
        inputs, as: Double.self, in: EvaluationContext(threads: options.threads))
    } catch {
      layer.reason = "it cannot be rerun: \(error)"
      return layer
    }
    return judge(
      RerunLayer(
        report: layer,
        rerun: Diagnosis(
          operation: gradient, inputs: inputs, output: 0, recorded: recorded, outputs: [recorded],
          expected: outputs[0], precision: precision, roundsPositions: roundsPositions,
          threads: options.threads)))
  }
}
