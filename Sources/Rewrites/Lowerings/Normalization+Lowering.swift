package import Operators
internal import Tensors

/// A gamma that counts as 1 becomes ones.
extension BatchNorm: ONNXLowering {
  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    guard fixGamma else { return nil }
    let channels = try node.dimension(0, of: 2)
    var operation = self
    operation.fixGamma = false
    let ones = c.parameter("gamma", Tensor(Array(repeating: Float(1), count: channels), shape: [channels]))
    return c.typed(
      operation, [node.input(0), ones, node.input(2), node.input(3), node.input(4)])
  }
}

/// Into the root of a sum of squares, and a division.
extension L2Normalization: ONNXLowering {
  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    let data = node.input(0)
    let (rows, axis): (Wire, Int) =
      switch mode {
      case .instance: (c.node("Flatten", [data], ["axis": .integer(1)]), 1)
      case .channel: (data, 1)
      case .spatial: (c.reshape(data, [0, 0, -1]), 2)
      }
    let squares = c.sum(c.multiply(rows, rows), along: [axis], keepingAxes: true)
    let norm = c.node("Sqrt", [c.add(squares, c.float(epsilon))])
    let result = c.divide(rows, norm)
    return [mode == .channel ? result : c.reshape(result, to: c.shape(data))]
  }
}

/// Into its three pieces.
extension SmoothL1: ONNXLowering {
  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    let data = node.input(0)
    let factor = Float(sigma) * Float(sigma)
    let limit = 1 / factor
    let half = c.floats([0.5 * limit], [])
    let middle = c.multiply(c.multiply(c.multiply(c.float(0.5), data), data), c.floats([factor], []))
    let below = c.choose(
      c.isLess(data, c.floats([-limit], [])), c.subtract(c.negate(data), half), middle)
    return [c.choose(c.isGreater(data, c.floats([limit], [])), c.subtract(data, half), below)]
  }
}
