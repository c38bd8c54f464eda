package import Operators
internal import Tensors

/// Each level pools its own regions; the rows are put back into the regions' order.
///
/// Which level a region belongs to follows from comparing √(w·h) with the least number that the source's fp32 division
/// by 224 and logarithm put on each: no runtime's own division takes part. A region beyond the map is added to each level's, so that none is without, and its row
/// dropped.
extension PyramidROIPooling: ONNXLowering {
  package var isBeyondONNX: Bool { true }

  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    try node.requireOneImage(0)
    let rois = node.input(roisIndex)
    let level = levels(of: rois, &c)
    var rows: [Wire] = []
    var pooled: [Wire] = []
    for index in strides.indices {
      let own = c.squeeze(c.node("NonZero", [c.node("Equal", [level, c.float(Double(index))])]), [0])
      let beyond: Float = isDeformable ? -1e4 : 0
      let regions = c.join(
        [c.gather(rois, own, 0), c.floats([0, beyond, beyond, beyond, beyond], [1, 5])], 0)
      rows.append(own)
      pooled.append(c.slice(pool(node, level: index, regions, &c), 0, from: 0, to: -1))
    }
    let order = c.join(rows, 0)
    let places = c.node("ScatterElements", [order, order, c.range(c.size(order, 0))])
    return [c.gather(c.join(pooled, 0), places, 0)]
  }

  /// The number of each region's level, fp32 `[R]`.
  private func levels(of rois: Wire, _ c: inout ONNXComposer) -> Wire {
    func side(_ from: Int) -> Wire {
      c.add(c.subtract(c.pick(rois, from + 2, 1), c.pick(rois, from, 1)), c.float(1))
    }
    let (width, height) = (side(1), side(2))
    let size = c.node("Sqrt", [c.multiply(width, height)])
    var level = c.multiply(size, c.float(0))
    for index in 1..<max(strides.count, 1) {
      let isAbove = c.isGreaterOrEqual(size, c.floats([leastSide(ofLevel: index)], []))
      level = c.add(level, c.cast(isAbove, to: .float32))
    }
    return level
  }

  /// The least side, in pixels, of a level's regions.
  func leastSide(ofLevel level: Int) -> Float {
    func isOn(_ side: Float) -> Bool { self.level(ofSide: side / 224).map { $0 >= level } ?? false }
    var side = 224 * Float(sign: .plus, exponent: level - 2, significand: 1)
    while isOn(side.nextDown) { side = side.nextDown }
    while !isOn(side) { side = side.nextUp }
    return side
  }

  private func pool(
    _ node: LoweredNode, level: Int, _ regions: Wire, _ c: inout ONNXComposer
  ) -> Wire {
    let data = node.input(level)
    guard isDeformable else {
      return c.maxRoiPool(
        data, regions, ROIPooling(pooledSize: pooledSize, spatialScale: spatialScale(level: level)))
    }
    let plain = deformablePooling(level: level, hasTrans: false)
    let still = plain.alignedMeans(data, regions, trans: nil, &c)
    let weight = offsetWeightIndex(level: level)
    let matrix = c.node("Flatten", [still], ["axis": .integer(1)])
    let offsets = c.node(
      "Gemm", [matrix, node.input(weight), node.input(weight + 1)], ["transB": .integer(1)])
    let trans = c.reshape(offsets, [-1, 2, pooledSize[0], pooledSize[1]])
    return deformablePooling(level: level, hasTrans: true).alignedMeans(data, regions, trans: trans, &c)
  }
}
