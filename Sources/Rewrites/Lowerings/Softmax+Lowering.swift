internal import Graphs
package import Operators

/// Labels go, a temperature divides first, and one row of several axes is a matrix for a while.
extension Softmax: ONNXLowering {
  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    let rank = node.shape(0).rank
    let isLast = axis == -1 || rank.map { axis == $0 - 1 } ?? false
    let runsOverAxis = span == .axis || isLast
    guard hasLabel || temperature != 1 || !runsOverAxis else { return nil }
    var data = node.input(0)
    if temperature != 1 { data = c.divide(data, c.float(temperature)) }
    guard !runsOverAxis else { return [c.node("Softmax", [data], ["axis": .integer(axis)])] }
    let matrix = c.node("Flatten", [data], ["axis": .integer(axis)])
    return [c.reshape(c.node("Softmax", [matrix], ["axis": .integer(1)]), to: c.shape(data))]
  }
}
