internal import Graphs
internal import Operators
internal import Tensors

/// A value in one layout: where its elements are during a run.
struct Cell: Sendable {
  enum Storage: Sendable {
    /// Known before running.
    case constant(Tensor)
    /// What the caller feeds, held in the plan's precision.
    case fed(Graph.ValueID)
    /// Bytes of the arena from this offset on; nil until they are assigned.
    case arena(Int?)
    /// The elements of another cell under this one's dimensions.
    case alias(Int)
  }

  var storage: Storage
  let elementType: ElementType
  /// The logical shape.
  let shape: Shape
  let layout: Layout

  /// Bytes of the elements; 0 where that does not fit, which shape inference has refused.
  var byteCount: Int { elementType.byteCount(of: shape.count) ?? 0 }

  /// The shape in memory order.
  var physicalShape: Shape { Shape(layout.physical(shape)) }
}

/// One thing a plan does.
struct PlannedStep<T: EvaluationLane>: Sendable {
  enum Work: Sendable {
    /// Writes a cell's elements in another layout.
    case permute(from: Int, to: Int)
    case node(PlannedNode<T>)
  }

  let work: Work

  /// The cells that it reads.
  var reads: [Int] {
    switch work {
    case .permute(let from, _): [from]
    case .node(let node): node.inputs.compactMap { $0 }
    }
  }

  /// The cells that it writes.
  var writes: [Int] {
    switch work {
    case .permute(_, let to): [to]
    case .node(let node): node.outputs.compactMap { $0 }
    }
  }
}

/// A node of the graph that is evaluated in a run.
struct PlannedNode<T: EvaluationLane>: Sendable {
  /// The node's place in the graph.
  let index: Int
  let operation: any Operator
  let site: Site<T>
  /// Nil where parameters come only with the run: it is then made ready before each.
  let step: Step<T>?
  /// Cells; nil where an optional input is left out.
  let inputs: [Int?]
  /// Cells; nil where the shape depends on the data, and the step brings the value itself.
  let outputs: [Int?]
}
