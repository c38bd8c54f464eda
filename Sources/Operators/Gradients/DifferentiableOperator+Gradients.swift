internal import Graphs
package import Tensors

extension DifferentiableOperator {
  /// The gradients of a scalar with respect to this operator's inputs, from its gradient with respect to output
  /// 0, in the precision of `T`.
  ///
  ///     let gradients = try convolution.gradients(
  ///       [data, offset, weight], outputGradient: head, as: Float.self)
  ///     gradients[1]  // with respect to the offset, shaped as it is
  ///
  /// - Parameters:
  ///   - inputs: in logical order, of any element type; nil where an optional one is left out.
  ///   - outputGradient: shaped as output 0, in logical order.
  ///   - wanted: the inputs whose gradients are asked for; nil for all that have one.
  ///   - layout: what the maps are permuted to before running, where the operator leaves it open.
  /// - Returns: a gradient for each input, in logical order; nil for those that have none or were not wanted.
  /// - Throws: `OperatorError` where the inputs do not fit the operator, the gradient not its output, or an input
  ///   has no gradient.
  package func gradients<T: EvaluationLane>(
    _ inputs: [Tensor?], outputGradient: Tensor, of wanted: [Int]? = nil, as type: T.Type,
    layout: Layout = .logical, in context: EvaluationContext = EvaluationContext()
  ) throws(OperatorError) -> [Tensor?] {
    let wanted = Set(
      wanted ?? differentiableInputs.filter { inputs.indices.contains($0) && inputs[$0] != nil })
    try check(wanted, of: inputs)
    for tensor in inputs + [outputGradient] {
      if let tensor, !tensor.elementType.isFloatingPoint {
        throw .input("gradient", found: "\(tensor.elementType) elements", expected: "floating-point numbers")
      }
    }
    let kernels = context.kernels[T.self]
    let held = (inputs + [outputGradient]).map { $0.map(T.held) }
    let (layouts, outputLayout) = try layouts(inputs, outputGradient, layout)
    let site = Site<T>(
      inputs: zip(held, layouts + [outputLayout]).map { tensor, layout in
        tensor.map {
          Site<T>.Argument(elementType: T.elementType, shape: $0.shape, layout: layout, constant: $0)
        }
      },
      outputs: inputs.enumerated().map { index, tensor in
        guard wanted.contains(index), let tensor else { return nil }
        return Site<T>.Argument(elementType: T.elementType, shape: tensor.shape, layout: .logical)
      }, kernels: kernels)
    let values = zip(held, layouts + [outputLayout]).map { tensor, layout in
      tensor?.permuted(from: .logical, to: layout, with: kernels, on: context.threads)
    }
    return try T.prepareGradients(self, site).runGradients(values, site, on: context.threads)
  }

  /// - Throws: `OperatorError` where one has no gradient, or is left out.
  private func check(_ wanted: Set<Int>, of inputs: [Tensor?]) throws(OperatorError) {
    for index in wanted.sorted() {
      guard differentiableInputs.contains(index), inputs.indices.contains(index), inputs[index] != nil else {
        let names = differentiableInputs.map { self.inputs[$0].name }.joined(separator: ", ")
        throw .input(
          "\(index)", found: "a gradient asked for", expected: "one of those that have one: \(names)")
      }
    }
  }

  /// The layouts that evaluation takes the inputs in and gives output 0 in.
  ///
  /// - Throws: `OperatorError` where the inputs do not fit the operator, or the gradient not its output.
  private func layouts(
    _ inputs: [Tensor?], _ outputGradient: Tensor, _ layout: Layout
  ) throws(OperatorError) -> (inputs: [Layout], output: Layout) {
    var inferred = InferredInputs(
      types: inputs.map { $0.map { ValueType($0) } }, constants: inputs, names: self.inputs)
    let shapes = try infer(&inferred).map(\.shape.complete)
    guard let shape = shapes.first ?? nil, shape == outputGradient.shape else {
      let expected = (shapes.first ?? nil).map { "\($0), the output's shape" } ?? "an operator with an output"
      throw .input("output gradient", found: "\(outputGradient.shape)", expected: expected)
    }
    let placement = placement(
      inputs: inputs.map { $0.map { ($0.shape, $0.shape.rank >= 3 ? layout : .logical) } }, outputs: shapes,
      preference: self.layout)
    return (placement.inputs, placement.outputs[0])
  }
}

extension Step where T: EvaluationLane {
  /// Runs a step of gradients in memory of its own.
  fileprivate func runGradients(
    _ values: [Tensor?], _ site: Site<T>, on threads: Threads
  ) throws(OperatorError) -> [Tensor?] {
    guard case .run(let body) = work else { preconditionFailure("gradients are computed, not renamed") }
    let memories = site.outputs.map { output in
      output.map { Memory(byteCount: T.elementType.byteCount(of: $0.shape.count) ?? 0) }
    }
    let scratch = MutableElements<T>(count: scratch * threads.count)
    try body(
      Evaluation<T>(
        inputs: values,
        outputs: zip(site.outputs, memories).map { output, memory in
          guard let output, let memory else { return nil }
          return Evaluation<T>.Output(
            elementType: T.elementType, memory: memory, byteOffset: 0, count: output.shape.count)
        }, threads: threads, scratch: scratch))
    return zip(site.outputs, memories).map { output, memory in
      guard let output, let memory else { return nil }
      return Tensor(
        memory: memory, range: 0..<memory.byteCount, elementType: T.elementType, shape: output.shape)
    }
  }
}
