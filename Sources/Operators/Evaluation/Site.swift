package import Tensors

/// What is known of a node before its first run: where a step is prepared for.
package struct Site<T: Lane>: Sendable {
  /// One input or output of the node.
  package struct Argument: Sendable {
    /// Of the values at hand: every floating-point value is held as `T`, integers and booleans as they are.
    package let elementType: ElementType
    /// The logical shape.
    package let shape: Shape
    package let layout: Layout
    /// The value, in logical order, where it is known before running: weights, folded arithmetic.
    package let constant: Tensor?

    package init(elementType: ElementType, shape: Shape, layout: Layout, constant: Tensor? = nil) {
      self.elementType = elementType
      self.shape = shape
      self.layout = layout
      self.constant = constant
    }

    /// The dimensions in memory order.
    package var dimensions: [Int] { layout.physical(shape) }

    /// Where a logical axis stands in memory order; negative axes count from the end.
    package func axis(_ axis: Int) -> Int {
      layout.physicalAxis(axis < 0 ? axis + shape.rank : axis, rank: shape.rank)
    }
  }

  /// Nil where an optional input is left out.
  package let inputs: [Argument?]
  /// Nil where the shape follows from the data alone: such an output is emitted, not written.
  package let outputs: [Argument?]
  package let kernels: any KernelSet<T>
  /// What becomes of each element of output 0; nothing unless the operator is `EpilogueTaking`.
  package let epilogue: Epilogue<T>
  /// The threads that preparation may take.
  let threads: Threads
  /// Whether the step is to run on one thread: then its blocks are as large as caches want them.
  let isSingleThreaded: Bool
  /// What a step made of the same parameters before (`Step.packed`).
  let packed: (any Sendable)?

  package init(
    inputs: [Argument?], outputs: [Argument?], kernels: any KernelSet<T>,
    epilogue: Epilogue<T> = Epilogue()
  ) {
    self.init(
      inputs: inputs, outputs: outputs, kernels: kernels, epilogue: epilogue, threads: Threads(1),
      isSingleThreaded: false, packed: nil)
  }

  init(
    inputs: [Argument?], outputs: [Argument?], kernels: any KernelSet<T>, epilogue: Epilogue<T> = Epilogue(),
    threads: Threads, isSingleThreaded: Bool, packed: (any Sendable)?
  ) {
    self.threads = threads
    self.isSingleThreaded = isSingleThreaded
    self.packed = packed
    self.inputs = inputs
    self.outputs = outputs
    self.kernels = kernels
    self.epilogue = epilogue
  }

  /// An input that the operator always has.
  ///
  /// - Precondition: it is not left out; the shape rule has seen to that.
  package func input(_ index: Int) -> Argument {
    guard index < inputs.count, let input = inputs[index] else {
      preconditionFailure("input \(index) of \(inputs.count) is left out")
    }
    return input
  }

  package func hasInput(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

  /// An output whose shape is known.
  ///
  /// - Precondition: its shape does not depend on the data.
  package func output(_ index: Int = 0) -> Argument {
    guard index < outputs.count, let output = outputs[index] else {
      preconditionFailure("output \(index) has no shape yet")
    }
    return output
  }

  /// The elements of a learned input, or of another one that is known before running, in logical order.
  ///
  /// - Precondition: the input's role is `.parameter` or `.auxiliary`: a step whose parameters come only with
  ///   the run is prepared then.
  package func parameter(_ index: Int) -> Elements<T> {
    guard let constant = input(index).constant else { preconditionFailure("input \(index) is not known") }
    return Elements(
      constant.elementType == T.elementType ? constant : constant.converted(to: T.self, on: threads))
  }

  /// The elements of a learned input that is known in fp32 alone; nil where it is at hand in `T`.
  ///
  /// - Precondition: as for `parameter`.
  func singles(_ index: Int) -> Elements<Float>? {
    guard let constant = input(index).constant, constant.elementType == .float32, T.elementType != .float32
    else { return nil }
    return Elements(constant)
  }
}
