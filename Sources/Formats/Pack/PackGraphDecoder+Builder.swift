internal import CSchemas
internal import Graphs
internal import Tensors

extension PackGraphDecoder {
  /// Adds values and nodes in the order of their numbers, so that each gets its own number again.
  @safe
  struct Builder {
    private let decoder: PackGraphDecoder
    private let values: [Dcnpack__Value]
    private let operations: [any Operation]
    private let spellings: [SourceSpelling]

    // SAFETY: the messages' arena outlives the builder, which `PackGraphDecoder.graph` alone makes.
    init(
      decoder: PackGraphDecoder, values: [Dcnpack__Value], operations: [any Operation],
      spellings: [SourceSpelling]
    ) {
      self.decoder = decoder
      unsafe self.values = unsafe values
      self.operations = operations
      self.spellings = spellings
    }

    func build(_ nodes: [Dcnpack__Node], outputs: [UInt64]) throws(FormatError) -> Graph {
      var graph = Graph()
      let isComputed = try unsafe computed(nodes)
      _ = try unsafe nodes.each { node, number throws(FormatError) in
        try unsafe add(node, number: number, to: &graph, isComputed: isComputed)
      }
      try addVariables(upTo: unsafe values.count, to: &graph, isComputed: isComputed)
      graph.setOutputs(try places(outputs, below: graph.values.count, "graph, outputs"))
      return graph
    }

    /// Which values are outputs of nodes; each node's stand together, and the nodes' ascend.
    private func computed(_ nodes: [Dcnpack__Node]) throws(FormatError) -> [Bool] {
      var isComputed = unsafe [Bool](repeating: false, count: values.count)
      var next = 0
      _ = try unsafe nodes.each { node, number throws(FormatError) in
        let outputs = try unsafe places(
          scalars(node.outputs, node.n_outputs), below: values.count, "node \(number), outputs")
        guard let first = outputs.first?.index else { return }
        guard first >= next, outputs.map(\.index).elementsEqual(first..<first + outputs.count) else {
          throw decoder.decoder.refuse(
            "node \(number), outputs", "are \(outputs.map(\.index)), expected a run from \(next) on")
        }
        for output in outputs { isComputed[output.index] = true }
        next = first + outputs.count
      }
      return isComputed
    }

    private func places(
      _ numbers: [UInt64], below count: Int, _ place: String
    ) throws(FormatError) -> [Graph.ValueID] {
      if let bad = numbers.first(where: { $0 >= UInt64(count) }) {
        throw decoder.decoder.refuse(place, "name value \(bad), expected one below \(count)")
      }
      return numbers.map { Graph.ValueID(index: Int($0)) }
    }

    private func add(
      _ node: Dcnpack__Node, number: Int, to graph: inout Graph, isComputed: [Bool]
    ) throws(FormatError) {
      let name = try unsafe decoder.decoder.text(node.name, "node \(number), name")
      let place = "node \(number) '\(name)'"
      guard let operation = unsafe operations.element(numbered: node.operation) else {
        throw unsafe decoder.decoder.refuse(
          place, "has operation \(node.operation) of \(operations.count)")
      }
      guard unsafe node.spelling <= UInt64(spellings.count) else {
        throw unsafe decoder.decoder.refuse(place, "has spelling \(node.spelling) of \(spellings.count)")
      }
      let outputs = unsafe scalars(node.outputs, node.n_outputs).map { Int($0) }
      let inputs = unsafe scalars(node.inputs, node.n_inputs)
      let present = try unsafe places(
        inputs.filter { $0 > 0 }.map { $0 - 1 }, below: values.count, place + ", inputs")
      // Variables that stand before the node, or that it takes.
      let before = max(outputs.first ?? 0, (present.max()?.index ?? -1) + 1)
      try addVariables(upTo: before, to: &graph, isComputed: isComputed)
      let spelling = unsafe node.spelling
      try graph.addNode(
        name, operation, inputs: inputs.map { $0 > 0 ? Graph.ValueID(index: Int($0 - 1)) : nil },
        outputNames: names(outputs), source: spelling > 0 ? spellings[Int(spelling - 1)] : nil)
      for output in outputs { try declare(output, in: &graph) }
    }

    private func names(_ outputs: [Int]) throws(FormatError) -> [String] {
      var names: [String] = []
      for output in outputs {
        try unsafe names.append(decoder.decoder.text(values[output].name, "value \(output)"))
        guard unsafe values[output].tensor == 0 else {
          throw decoder.decoder.refuse("value \(output)", "holds a tensor, but a node computes it")
        }
      }
      return names
    }

    private func addVariables(
      upTo end: Int, to graph: inout Graph, isComputed: [Bool]
    ) throws(FormatError) {
      while graph.values.count < end {
        let number = graph.values.count
        guard !isComputed[number] else {
          throw decoder.decoder.refuse("value \(number)", "is used before the node that computes it")
        }
        let value = unsafe values[number]
        let name = try unsafe decoder.decoder.text(value.name, "value \(number)")
        guard unsafe value.tensor <= UInt64(decoder.rows.count) else {
          throw unsafe decoder.decoder.refuse(
            "value \(number) '\(name)'", "holds tensor \(value.tensor) of \(decoder.rows.count)")
        }
        let tensor = unsafe value.tensor > 0 ? decoder.rows[Int(value.tensor - 1)].name : nil
        graph.addVariable(name, tensor: tensor)
        try declare(number, in: &graph)
      }
    }

    private func declare(_ number: Int, in graph: inout Graph) throws(FormatError) {
      guard let message = unsafe values[number].type else { return }
      let type = unsafe message.pointee
      let place = "value \(number), declared type"
      var elementType: ElementType?
      if unsafe type.element_type != DCNPACK__ELEMENT_TYPE__UNKNOWN {
        elementType = unsafe ElementType(type.element_type)
        guard elementType != nil else {
          throw unsafe decoder.decoder.refuse(place, "\(type.element_type.rawValue) is no type's number")
        }
      }
      var dimensions: [Int?] = []
      for dimension in unsafe scalars(type.dimensions, type.n_dimensions) {
        dimensions.append(dimension == 0 ? nil : try decoder.decoder.count(dimension - 1, place))
      }
      let isRanked = unsafe type.is_ranked != 0
      graph.declare(
        Graph.ValueID(index: number), ValueType(elementType, PartialShape(isRanked ? dimensions : nil)))
    }
  }
}

extension [any Operation] {
  fileprivate func element(numbered number: UInt64) -> (any Operation)? {
    number < UInt64(count) ? self[Int(number)] : nil
  }
}
