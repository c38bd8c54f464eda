internal import Graphs
internal import Operators
internal import Tensors

/// An operator with inputs in the engine's layout, packed weights and memory for what it computes: what one run
/// of a plan does, or of the gradients, and nothing else.
final class PreparedOperator {
  private let body: () throws -> Void

  private init(_ body: @escaping () throws -> Void) { self.body = body }

  func run() throws { try body() }

  /// One run with maps in the engine's layout, and one with all in logical order and its permutations.
  ///
  /// - Parameter inputs: in logical order.
  static func forward(
    _ operation: any Operator, _ inputs: [Tensor], threads: Int
  ) throws -> (own: PreparedOperator, logical: PreparedOperator) {
    let (ownSite, ownValues) = try place(operation, inputs, threads)
    let own = try make(Float.prepare(operation, ownSite), ownSite, ownValues, threads)
    let (site, values) = try place(operation, inputs, in: .logical, threads)
    let output = site.output()
    let result = Memory(byteCount: 4 * output.shape.count)
    let body = try make(Float.prepare(operation, site), site, values, threads, into: result)
    let moves = zip(inputs, site.inputs).compactMap { tensor, input -> (Tensor, Layout, Memory)? in
      guard let layout = input?.layout, layout != .logical else { return nil }
      return (tensor, layout, Memory(byteCount: tensor.byteCount))
    }
    let last = Memory(byteCount: output.layout == .logical ? 0 : result.byteCount)
    let tensor = Tensor(
      memory: result, range: 0..<result.byteCount, elementType: .float32, shape: Shape(output.dimensions))
    let logical = PreparedOperator {
      for (tensor, layout, memory) in moves {
        tensor.permute(
          from: .logical, to: layout, into: memory, at: 0, with: site.kernels, on: Threads(threads))
      }
      try body.run()
      guard output.layout != .logical else { return }
      tensor.permute(
        from: output.layout, to: .logical, into: last, at: 0, with: site.kernels, on: Threads(threads))
    }
    return (own, logical)
  }

  /// The gradients with respect to all inputs that have one.
  ///
  /// The weights are packed in each run: between two backward passes they change.
  static func gradients(
    _ operation: any DifferentiableOperator, _ inputs: [Tensor], threads: Int
  ) throws -> PreparedOperator {
    let (forward, values) = try place(operation, inputs, threads, preference: operation.layout)
    let output = forward.output()
    var numbers = UniformNumbers()
    let gradient = numbers.tensor(output.shape)
    let wanted = operation.differentiableInputs
    let site = Site<Float>(
      inputs: forward.inputs + [output],
      outputs: inputs.indices.map { index in
        guard wanted.contains(index) else { return nil }
        return Site<Float>.Argument(elementType: .float32, shape: inputs[index].shape, layout: .logical)
      }, kernels: forward.kernels)
    let given = values + [permuted(gradient, output.layout, site, threads)]
    return PreparedOperator {
      try make(Float.prepareGradients(operation, site), site, given, threads).run()
    }
  }

  /// - Parameter layout: of maps as they come, and of the output as it is wanted.
  private static func place(
    _ operation: any Operator, _ inputs: [Tensor], in layout: Layout = .channelsLast, _ threads: Int,
    preference: LayoutPreference? = nil
  ) throws -> (Site<Float>, [Tensor]) {
    var inferred = InferredInputs(
      types: inputs.map { ValueType($0) }, constants: inputs, names: operation.inputs)
    let shapes = try operation.infer(&inferred).map(\.shape.complete)
    let layouts = operation.placement(
      inputs: inputs.map { ($0.shape, layout) }, outputs: shapes,
      isDelivered: layout == .logical, preference: preference)
    let site = Site<Float>(
      inputs: zip(inputs, layouts.inputs).map {
        Site<Float>.Argument(elementType: .float32, shape: $0.shape, layout: $1, constant: $0)
      },
      outputs: zip(shapes, layouts.outputs).map { shape, layout in
        shape.map { Site<Float>.Argument(elementType: .float32, shape: $0, layout: layout) }
      }, kernels: InstructionSet.chosen.kernels[Float.self])
    return (site, zip(inputs, layouts.inputs).map { permuted($0, $1, site, threads) })
  }

  private static func permuted(
    _ tensor: Tensor, _ layout: Layout, _ site: Site<Float>, _ threads: Int
  ) -> Tensor { tensor.permuted(from: .logical, to: layout, with: site.kernels, on: Threads(threads)) }

  private static func make(
    _ step: Step<Float>, _ site: Site<Float>, _ values: [Tensor], _ threads: Int, into memory: Memory? = nil
  ) throws -> PreparedOperator {
    guard case .run(let body) = step.work else { return PreparedOperator {} }
    let evaluation = Evaluation<Float>(
      inputs: values,
      outputs: site.outputs.map { output in
        output.map {
          Evaluation<Float>.Output(
            elementType: .float32, memory: memory ?? Memory(byteCount: 4 * $0.shape.count), byteOffset: 0,
            count: $0.shape.count)
        }
      }, threads: Threads(threads), scratch: MutableElements(count: step.scratch * threads))
    return PreparedOperator { try body(evaluation) }
  }
}
