internal import Graphs
package import Tensors

/// In what an evaluation runs: the kernels and the threads.
package struct EvaluationContext: Sendable {
  package var kernels: KernelModule
  package var threads: Threads

  package init(kernels: KernelModule = InstructionSet.chosen.kernels, threads: Threads = Threads(1)) {
    self.kernels = kernels
    self.threads = threads
  }
}

extension Operator {
  /// Runs this operator alone on given inputs, in the precision of `T`.
  ///
  /// - Parameters:
  ///   - inputs: in logical order, of any element type; nil where an optional one is left out.
  ///   - layout: in which maps reach an operator that takes them in any layout.
  /// - Returns: the outputs in logical order; floating-point ones hold `T`.
  /// - Throws: `OperatorError` where the inputs do not fit the operator or each other.
  package func evaluate<T: EvaluationLane>(
    _ inputs: [Tensor?], as type: T.Type, layout: Layout = .logical,
    in context: EvaluationContext = EvaluationContext()
  ) throws(OperatorError) -> [Tensor] {
    try evaluate(inputs, as: type, layout: layout, in: context) { site throws(OperatorError) in
      try T.prepare(self, site)
    }
  }

  /// Runs a step that is prepared otherwise than this operator's own.
  func evaluate<T: EvaluationLane>(
    _ inputs: [Tensor?], as type: T.Type, layout: Layout = .logical, in context: EvaluationContext,
    by prepare: (Site<T>) throws(OperatorError) -> Step<T>
  ) throws(OperatorError) -> [Tensor] {
    let kernels = context.kernels[T.self]
    let held = inputs.map { $0.map { T.held($0, on: context.threads) } }
    var inferred = InferredInputs(
      types: inputs.map { $0.map { ValueType($0) } }, constants: inputs, names: self.inputs)
    let types = try infer(&inferred)
    let shapes = types.map(\.shape.complete)
    let placement = placement(
      inputs: held.map { $0.map { ($0.shape, $0.shape.rank >= 3 ? layout : .logical) } }, outputs: shapes,
      isDelivered: layout == .logical)
    let site = Site<T>(
      inputs: zip(held, placement.inputs).map { tensor, layout in
        tensor.map {
          Site<T>.Argument(elementType: $0.elementType, shape: $0.shape, layout: layout, constant: $0)
        }
      },
      outputs: zip(types, placement.outputs).map { type, layout in
        type.shape.complete.map {
          Site<T>.Argument(elementType: T.held(type.elementType), shape: $0, layout: layout)
        }
      }, kernels: kernels)
    let values = zip(held, placement.inputs).map { tensor, layout in
      tensor?.permuted(from: .logical, to: layout, with: kernels, on: context.threads)
    }
    return try prepare(site).run(values, site, on: context.threads)
  }
}

extension Step where T: EvaluationLane {
  /// Runs a step in memory of its own.
  ///
  /// - Returns: the outputs in logical order.
  func run(_ values: [Tensor?], _ site: Site<T>, on threads: Threads) throws(OperatorError) -> [Tensor] {
    switch work {
    case .alias(let input):
      guard let value = values[input] else { preconditionFailure("input \(input) is left out") }
      return [value.reshaped(to: Shape(site.output().dimensions)).logical(site.output(), site, threads)]
    case .run(let body):
      let memories = site.outputs.map { output in
        output.map { Memory(writtenByteCount: $0.elementType.byteCount(of: $0.shape.count) ?? 0) }
      }
      let scratch = MutableElements<T>(
        Memory(byteCount: scratch * threads.count * MemoryLayout<T>.size), byteOffset: 0,
        count: scratch * threads.count)
      let evaluation = Evaluation<T>(
        inputs: values,
        outputs: zip(site.outputs, memories).map { output, memory in
          guard let output, let memory else { return nil }
          return Evaluation<T>.Output(
            elementType: output.elementType, memory: memory, byteOffset: 0, count: output.shape.count)
        }, threads: threads, scratch: scratch)
      try body(evaluation)
      let emitted = evaluation.emitted
      return site.outputs.indices.map { index in
        guard let output = site.outputs[index], let memory = memories[index] else {
          guard let tensor = emitted[index] else { preconditionFailure("output \(index) was not emitted") }
          return tensor
        }
        return Tensor(
          memory: memory, range: 0..<memory.byteCount, elementType: output.elementType,
          shape: Shape(output.dimensions)
        ).logical(output, site, threads)
      }
    }
  }
}

extension Tensor {
  fileprivate func logical<T: Lane>(_ argument: Site<T>.Argument, _ site: Site<T>, _ threads: Threads)
    -> Tensor
  {
    permuted(from: argument.layout, to: .logical, with: site.kernels, on: threads)
  }
}
