internal import Graphs
package import Operators
internal import Tensors

/// Into `TopK` and `NonMaxSuppression`, as far as they go: boxes of one image, whose classes do not matter, and whose
/// format stays.
extension BoxNMS: ONNXLowering {
  package var isBeyondONNX: Bool { true }

  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    let data = node.input(0)
    guard topK != 0 else { return [data] }
    try checkForm(node)
    let rank = try node.rank(0)
    let width = try node.dimension(rank - 1, of: 0)
    let rows = c.reshape(data, [-1, width])
    let scores = c.pick(rows, scoreColumn, 1)
    var takesPart = c.isGreater(scores, c.floats([Float(scoreThreshold)], []))
    if let classColumn, let backgroundClass {
      let isBackground = c.node(
        "Equal", [c.pick(rows, classColumn, 1), c.float(Double(backgroundClass))])
      takesPart = c.and(takesPart, c.node("Not", [isBackground]))
    }
    let total = c.size(scores, 0)
    let count = topK > 0 ? c.minimum(total, c.integers([topK])) : total
    let keys = c.choose(takesPart, scores, c.floats([-Float.infinity], []))
    let best = c.nodes("TopK", [keys, count], ["axis": .integer(0)], outputs: 2)[1]
    let ordered = c.gather(rows, best, 0)
    let corners = c.slice(ordered, 1, from: coordinateColumn, to: coordinateColumn + 4)
    // Ranks leave no tie; what takes no part is below the threshold of 0.
    let falling = c.cast(c.subtract(count, c.range(count)), to: .float32)
    let ranks = c.choose(c.gather(takesPart, best, 0), falling, c.float(-1))
    let kept = c.node(
      "NonMaxSuppression",
      [
        c.unsqueeze(corners, [0]), c.unsqueeze(ranks, [0, 1]), total,
        c.floats([min(Float(overlapThreshold), 1)]), c.floats([0]),
      ], ["center_point_box": .integer(inputFormat == .center ? 1 : 0)])
    let chosen = c.gather(ordered, c.pick(kept, 2, 1), 0)
    let missing = c.subtract(total, c.size(chosen, 0))
    let filling = c.node("Expand", [c.floats([-1], [1, 1]), c.join([missing, c.integers([width])], 0)])
    return [c.reshape(c.join([chosen, filling], 0), to: c.shape(data))]
  }

  private func checkForm(_ node: LoweredNode) throws(OperatorError) {
    guard classColumn == nil || suppressesAcrossClasses else {
      throw .attribute(
        "suppressesAcrossClasses", found: "false",
        expected: "true, as ONNX's suppression knows no classes of rows")
    }
    guard inputFormat == outputFormat else {
      throw .attribute("outputFormat", found: outputFormat.rawValue, expected: inputFormat.rawValue)
    }
    guard overlapThreshold >= 0 else {
      throw .attribute("overlapThreshold", found: "\(overlapThreshold)", expected: "a number from 0")
    }
    let batch = node.shape(0).dimensions?.dropLast(2) ?? []
    guard batch.allSatisfy({ $0 == 1 }) else {
      throw .input("data", found: "shape \(node.shape(0))", expected: "boxes of one image")
    }
  }
}
