package import Operators

/// Into `Slice`, whose ends follow from the other map's size.
extension Crop: ONNXLowering {
  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    let data = node.input(0)
    let wanted =
      size.isEmpty ? c.node("Shape", [node.input(1)], ["start": .integer(2)]) : c.integers(size)
    var begin = c.integers(offset)
    if isCentered {
      let have = c.node("Shape", [data], ["start": .integer(2)])
      begin = c.divide(c.subtract(have, wanted), c.integers([2]))
    }
    return [c.node("Slice", [data, begin, c.add(begin, wanted), c.integers([2, 3])])]
  }
}

/// Into `Slice` from 0 to the other tensor's sizes.
extension SliceLike: ONNXLowering {
  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    let rank = try node.rank(0)
    let axes = axes.isEmpty ? Array(0..<rank) : axes
    // Negative axes count from the end of each tensor, which may differ in rank.
    let ends = c.gather(c.shape(node.input(1)), c.integers(axes), 0)
    let begins = c.integers(axes.map { _ in 0 })
    return [c.node("Slice", [node.input(0), begins, ends, c.integers(axes)])]
  }
}
