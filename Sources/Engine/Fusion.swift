internal import Graphs
internal import Operators
internal import Tensors

/// The layers that a plan computes in one step: a product with weights and what is done behind it to each
/// element alone.
///
/// A chain is a convolution, plain or deformable, or a fully connected layer, and in this order, each of them
/// optional, a batch normalisation by stored statistics, an addition of a value of the same shape, and a ReLU.
/// The values between must have no other reader, and nobody may want to see them: what is recorded is never
/// fused away. The normalisation goes into weights and bias, the others into the product's last write, so that
/// each value is written once. The sums are those of the layers one by one but for roundings: weights times
/// scale are rounded once more, and the normalised value once less.
struct Fusion {
  struct Chain {
    struct Normalization {
      let operation: BatchNorm
      /// Gamma, beta, mean and variance.
      let parameters: [Graph.ValueID]
    }

    fileprivate let root: any EpilogueTaking
    /// The nodes in their order, two at least.
    fileprivate(set) var nodes: [Int]
    /// What the chain takes, the data first.
    fileprivate(set) var inputs: [Graph.ValueID?]
    fileprivate(set) var normalization: Normalization?
    /// The value that is added.
    fileprivate(set) var addend: Graph.ValueID?
    fileprivate(set) var rectifies = false
  }

  /// By their last nodes.
  private var chains: [Int: Chain] = [:]
  /// Their other nodes.
  private var within: Set<Int> = []

  /// No chains.
  init() {}

  /// Finds the chains; of two that end in the same addition the later one takes it.
  ///
  /// - Parameters:
  ///   - order: the nodes that are run.
  ///   - kept: values that somebody wants to see.
  ///   - isWeight: whether a value is a tensor of the model.
  init(
    _ graph: Graph, order: [Int], kept: [Graph.ValueID], shape: (Graph.ValueID) -> Shape?,
    isWeight: (Graph.ValueID) -> Bool
  ) {
    var readers: [Graph.ValueID: [Int]] = [:]
    for index in order {
      for case let id? in graph.nodes[index].inputs { readers[id, default: []].append(index) }
    }
    let kept = Set(kept)
    for root in order.reversed() {
      let node = graph.nodes[root]
      guard let operation = node.operation as? any EpilogueTaking,
        node.inputs.indices.allSatisfy({ place in
          !(operation.weightIndex..<node.inputs.count).contains(place)
            || node.inputs[place].map(isWeight) ?? true
        })
      else { continue }
      var chain = Chain(root: operation, nodes: [root], inputs: node.inputs)
      while let next = follower(of: chain, graph, readers, kept) {
        let value = graph.nodes[chain.nodes[chain.nodes.count - 1]].outputs[0]
        guard chain.extend(by: graph.nodes[next], reading: value, shape, isWeight) else { break }
        chain.nodes.append(next)
      }
      guard chain.nodes.count > 1 else { continue }
      chains[chain.nodes[chain.nodes.count - 1]] = chain
      within.formUnion(chain.nodes.dropLast())
    }
  }

  /// Whether a node's work is part of a step that stands at a later node.
  func isWithin(_ node: Int) -> Bool { within.contains(node) }

  func chain(endingAt node: Int) -> Chain? { chains[node] }

  /// The only node that reads what the chain gives, if nobody else wants it, and no other chain has that node.
  private func follower(
    of chain: Chain, _ graph: Graph, _ readers: [Graph.ValueID: [Int]], _ kept: Set<Graph.ValueID>
  ) -> Int? {
    let last = graph.nodes[chain.nodes[chain.nodes.count - 1]]
    guard last.outputs.count == 1, !kept.contains(last.outputs[0]),
      let following = readers[last.outputs[0]], following.count == 1, let next = following.first,
      graph.nodes[next].outputs.count == 1, chains[next] == nil, !within.contains(next)
    else { return nil }
    return next
  }
}

extension Fusion.Chain {
  /// Whether an axis of the root's output counts its filters: in a fully connected layer it is the last one.
  private func isFilterAxis(_ axis: Int, of shape: Shape) -> Bool {
    root is FullyConnected ? axis == shape.rank - 1 : axis == 1
  }

  /// Takes one more node in, if it is of a kind that may follow.
  ///
  /// - Parameter value: what the chain gives so far, which only this node reads.
  fileprivate mutating func extend(
    by node: Node, reading value: Graph.ValueID, _ shape: (Graph.ValueID) -> Shape?,
    _ isWeight: (Graph.ValueID) -> Bool
  ) -> Bool {
    guard !rectifies else { return false }
    if let norm = node.operation as? BatchNorm, norm.axis == 1, node.inputs.first == value,
      normalization == nil, addend == nil, shape(value).map({ isFilterAxis(1, of: $0) }) == true
    {
      let parameters = node.inputs.dropFirst().compactMap { $0 }
      guard parameters.count == 4, parameters.allSatisfy(isWeight) else { return false }
      normalization = Normalization(operation: norm, parameters: parameters)
      inputs += parameters.map(Optional.some)
      return true
    }
    if let activation = node.operation as? Activation, activation.function == .relu {
      rectifies = true
      return true
    }
    let adds =
      (node.operation as? Binary)?.function == .add || (node.operation as? AddN)?.count == 2
    guard adds, addend == nil, node.inputs.count == 2,
      let other = node.inputs.first(where: { $0 != value }) ?? nil, !isWeight(other),
      let own = shape(value), own == shape(other)
    else { return false }
    addend = other
    inputs.append(other)
    return true
  }
}
