extension Graph {
  /// A step of the walk below.
  package enum Entry: Hashable, Sendable {
    case variable(ValueID)
    case node(Int)
  }

  /// Variables and nodes as a depth-first walk from the outputs leaves them, inputs first.
  ///
  /// MXNet numbers the nodes of a saved symbol so (nnvm `PostOrderDFSVisit`), variables counted;
  /// what no output needs is not in it.
  package var postOrder: [Entry] {
    var order: [Entry] = []
    var seen: Set<Entry> = []
    // A stack of our own: graphs from files may be deeper than the thread's.
    var stack: [(entry: Entry, next: Int)] = []
    func push(_ id: ValueID) {
      let entry = values[id.index].producer.map { Entry.node($0.node) } ?? .variable(id)
      if seen.insert(entry).inserted { stack.append((entry, 0)) }
    }
    for output in outputs {
      push(output)
      while let top = stack.last {
        if case .node(let index) = top.entry, top.next < nodes[index].inputs.count {
          stack[stack.count - 1].next += 1
          if let input = nodes[index].inputs[top.next] { push(input) }
        } else {
          order.append(top.entry)
          stack.removeLast()
        }
      }
    }
    return order
  }

  /// The nodes of `postOrder`, in which they can run.
  package var nodeOrder: [Int] {
    postOrder.compactMap { if case .node(let index) = $0 { index } else { nil } }
  }

  /// The same graph with variables and nodes stored in `postOrder`, and nothing that no output needs.
  package func inPostOrder() -> Graph {
    var ordered = Graph()
    var place: [ValueID: ValueID] = [:]
    for entry in postOrder {
      switch entry {
      case .variable(let id):
        place[id] = ordered.addVariable(self[id].name, tensor: self[id].tensor, type: self[id].declaredType)
      case .node(let index):
        let node = nodes[index]
        let outputs = ordered.addNode(
          node.name, node.operation, inputs: node.inputs.map { $0.flatMap { place[$0] } },
          outputNames: node.outputs.map { self[$0].name }, source: node.source)
        for (old, new) in zip(node.outputs, outputs) {
          place[old] = new
          ordered.declare(new, self[old].declaredType)
        }
      }
    }
    ordered.setOutputs(outputs.compactMap { place[$0] })
    return ordered
  }

  /// The name under which a trace records each value: its own, or `<name>@<node number>` where that repeats.
  ///
  /// Numbers are those of `postOrder`. Percent-encoding is the file format's affair.
  package var traceNames: [ValueID: String] {
    var count: [String: Int] = [:]
    for value in values { count[value.name, default: 0] += 1 }
    var names: [ValueID: String] = [:]
    for (number, entry) in postOrder.enumerated() {
      let ids =
        switch entry {
        case .variable(let id): [id]
        case .node(let index): nodes[index].outputs
        }
      for id in ids {
        let name = self[id].name
        names[id] = count[name] == 1 ? name : "\(name)@\(number)"
      }
    }
    return names
  }
}
