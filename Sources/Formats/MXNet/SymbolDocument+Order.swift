extension SymbolDocument {
  /// The nodes that the heads need, each behind its inputs, as a depth-first walk leaves them.
  ///
  /// Nothing asks a file's nodes to be in such an order, only that no node needs itself.
  ///
  /// - Throws: `FormatError` that names a node on a cycle, also among nodes that no head needs.
  func order() throws(FormatError) -> [Int] {
    enum State { case unseen, open, done }
    var states = [State](repeating: .unseen, count: nodes.count)
    var order: [Int] = []
    // A stack of our own: graphs from files may be deeper than the thread's.
    var stack: [(node: Int, next: Int)] = []
    func visit(_ root: Int) throws(FormatError) {
      guard states[root] == .unseen else { return }
      states[root] = .open
      stack.append((root, 0))
      while let top = stack.last {
        let inputs = nodes[top.node].inputs
        guard top.next < inputs.count else {
          states[top.node] = .done
          order.append(top.node)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        let input = inputs[top.next].node
        if states[input] == .open {
          throw fault(place(top.node), "input \(top.next) is \(place(input)), which needs this node itself")
        }
        if states[input] == .unseen {
          states[input] = .open
          stack.append((input, 0))
        }
      }
    }
    for head in heads { try visit(head.node) }
    let needed = order.count
    for node in nodes.indices { try visit(node) }
    return Array(order[..<needed])
  }
}
