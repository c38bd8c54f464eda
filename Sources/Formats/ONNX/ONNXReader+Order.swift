extension ONNXReader {
  /// The nodes' indices in an order in which they can run.
  ///
  /// ONNX demands the file's own order to be one; some writers do not keep to it, and what runs elsewhere is
  /// read here. Where the file's order can run, it is kept.
  ///
  /// - Throws: `FormatError` where a node needs what it leads to.
  func order(_ entry: ONNXDocument.GraphEntry) throws(FormatError) -> [Int] {
    var producers: [String: Int] = [:]
    for (index, node) in entry.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { producers[output] = index }
    }
    enum State { case new, open, done }
    var states = Array(repeating: State.new, count: entry.nodes.count)
    var order: [Int] = []
    // A stack of our own: graphs from files may be deeper than the thread's.
    var stack: [(node: Int, next: Int)] = []
    for root in entry.nodes.indices where states[root] == .new {
      states[root] = .open
      stack.append((root, 0))
      while let (node, next) = stack.last {
        guard next < entry.nodes[node].inputs.count else {
          states[node] = .done
          order.append(node)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        guard let producer = producers[entry.nodes[node].inputs[next]] else { continue }
        switch states[producer] {
        case .done: continue
        case .open:
          throw error(
            place(of: entry.nodes[node], node),
            "needs '\(entry.nodes[node].inputs[next])', which follows from it: expected a graph without cycles"
          )
        case .new:
          states[producer] = .open
          stack.append((producer, 0))
        }
      }
    }
    return order
  }

  /// `node 12 'conv1' (Conv)`, for errors.
  func place(of node: ONNXDocument.Node, _ index: Int) -> String {
    let name = node.name.isEmpty ? "" : " '\(node.name)'"
    return "node \(index)\(name) (\(spelling(of: node)))"
  }

  /// The operator's name, with its domain before `::` where that is not ONNX's own.
  func spelling(of node: ONNXDocument.Node) -> String {
    let domain = Self.canonical(node.domain)
    let overload = node.overload.isEmpty ? "" : ":" + node.overload
    return (domain.isEmpty ? "" : domain + "::") + node.op + overload
  }
}
