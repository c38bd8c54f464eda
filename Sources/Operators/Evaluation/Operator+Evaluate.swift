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
    try prepared(for: inputs, as: type, layout: layout, in: context, by: prepare).run(
      Array(repeating: nil, count: inputs.count), on: context.threads)
  }

  /// Makes the operator ready to run on inputs of these types and shapes, in the precision of `T`.
  ///
  /// - Parameters:
  ///   - inputs: as for `evaluate`; parameters stay what they are.
  ///   - context: in which it is made ready.
  ///   - sharing: how it is to run.
  /// - Throws: `OperatorError` where the inputs do not fit the operator or each other.
  package func prepared<T: EvaluationLane>(
    for inputs: [Tensor?], as type: T.Type, in context: EvaluationContext, _ sharing: PreparedSharing<T>
  ) throws(OperatorError) -> PreparedOperator<T> {
    try prepared(for: inputs, as: type, in: context, sharing) { site throws(OperatorError) in
      try T.prepare(self, site)
    }
  }

  func prepared<T: EvaluationLane>(
    for inputs: [Tensor?], as type: T.Type, layout: Layout = .logical, in context: EvaluationContext,
    _ sharing: PreparedSharing<T>? = nil, by prepare: (Site<T>) throws(OperatorError) -> Step<T>
  ) throws(OperatorError) -> PreparedOperator<T> {
    let kernels = context.kernels[T.self]
    let packed = (self as? any EpilogueTaking)?.weightIndex
    let held = inputs.enumerated().map { index, input in
      input.map { index == packed && $0.elementType == .float32 ? $0 : T.held($0, on: context.threads) }
    }
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
      }, kernels: kernels, threads: context.threads,
      isSingleThreaded: sharing != nil || context.threads.count == 1, packed: sharing?.other?.step.packed)
    return PreparedOperator(step: try prepare(site), site: site)
  }
}

/// How operators are made ready that run on one thread each, at the same time.
package struct PreparedSharing<T: EvaluationLane>: Sendable {
  /// One that was made ready for other data and the same parameters.
  package let other: PreparedOperator<T>?

  package init(with other: PreparedOperator<T>?) { self.other = other }
}

/// An operator that is ready to run alone, as often as wanted.
package struct PreparedOperator<T: EvaluationLane>: Sendable {
  fileprivate let step: Step<T>
  fileprivate let site: Site<T>

  /// Runs it on inputs of the types and shapes that it was made ready for.
  ///
  /// - Parameter inputs: nil where it is left out, or is what the operator was made ready with.
  /// - Returns: the outputs in logical order; floating-point ones hold `T`.
  /// - Throws: `OperatorError` where the data do not fit the operator.
  package func run(_ inputs: [Tensor?], on threads: Threads) throws(OperatorError) -> [Tensor] {
    try step.run(values(inputs, on: threads), site, on: threads)
  }

  /// Runs it on a first input that stands in the order in which it is taken, and what else it was made ready with.
  ///
  /// - Precondition: that is its order, and its elements are `T`.
  package func run(
    _ input: Tensor, in layout: Layout, on threads: Threads
  ) throws(OperatorError) -> [Tensor] {
    precondition(
      site.inputs.first??.layout == layout && input.elementType == T.elementType,
      "\(input.shape) in \(layout)")
    var values = values(Array(repeating: nil, count: site.inputs.count), on: threads, from: 1)
    values[0] = input
    return try step.run(values, site, on: threads)
  }

  private func values(_ inputs: [Tensor?], on threads: Threads, from first: Int = 0) -> [Tensor?] {
    zip(inputs, site.inputs).enumerated().map { index, pair -> Tensor? in
      let (input, argument) = pair
      guard index >= first else { return nil }
      guard let argument, let value = input.map({ T.held($0, on: threads) }) ?? argument.constant else {
        return nil
      }
      // Weights that were packed from fp32 are not read any more.
      guard !value.elementType.isFloatingPoint || value.elementType == T.elementType else { return nil }
      return value.permuted(from: .logical, to: argument.layout, with: site.kernels, on: threads)
    }
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
