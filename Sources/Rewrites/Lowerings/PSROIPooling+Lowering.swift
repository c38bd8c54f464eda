package import Operators
internal import Tensors

/// Into two membership matrices: which rows a bin takes and which columns.
///
/// All regions are of the one image. A map with Inf or NaN gives NaN in bins that do not hold it, too, as 0·Inf is.
extension PSROIPooling: ONNXLowering {
  package var isBeyondONNX: Bool { true }

  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    try node.requireOneImage(0)
    let down = membership(node, from: 2, size: 2, &c)
    let across = membership(node, from: 1, size: 3, &c)
    return [
      c.binMeans(
        node.input(0), rows: c.unsqueeze(down.members, [1]), columns: c.unsqueeze(across.members, [0]),
        counts: c.multiply(c.unsqueeze(down.count, [1]), c.unsqueeze(across.count, [0])),
        channels: outputDim, bins: pooledSize, groups: groupSize)
    ]
  }

  /// Which elements along an axis each bin takes, `[P, size, R]`, and how many, `[P, R]`.
  private func membership(
    _ node: LoweredNode, from column: Int, size axis: Int, _ c: inout ONNXComposer
  ) -> (members: Wire, count: Wire) {
    let regions = RegionAxes(
      node.input(1), from: column, scale: spatialScale, margin: 0, bins: pooledSize, rounding: rounding, &c)
    let size = c.floatSize(node.input(0), axis)
    func edge(_ first: Int) -> Wire {
      c.add(c.multiples(first..<first + pooledSize, of: regions.bin), regions.start)
    }
    func onMap(_ place: Wire) -> Wire { c.minimum(c.maximum(place, c.float(0)), size) }
    let low = onMap(c.floor(edge(0)))
    let high = onMap(c.ceiling(edge(1)))
    let place = c.unsqueeze(c.cast(c.range(c.size(node.input(0), axis)), to: .float32), [1])
    let members = c.and(
      c.isGreaterOrEqual(place, c.unsqueeze(low, [1])), c.isLess(place, c.unsqueeze(high, [1])))
    return (c.cast(members, to: .float32), c.maximum(c.subtract(high, low), c.float(0)))
  }
}
