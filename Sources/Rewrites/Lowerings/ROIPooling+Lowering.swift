package import Operators

/// Into `MaxRoiPool`, which computes the same but for batch indices that are none: there an error, here 0.
extension ROIPooling: ONNXLowering {
  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    guard rounding == .awayFromZero else {
      throw .attribute("rounding", found: rounding.rawValue, expected: "awayFromZero, as runtimes round")
    }
    return [c.maxRoiPool(node.input(0), node.input(1), self)]
  }
}

extension ONNXComposer {
  mutating func maxRoiPool(_ data: Wire, _ rois: Wire, _ pooling: ROIPooling) -> Wire {
    node(
      "MaxRoiPool", [data, rois],
      [
        "pooled_shape": .integers(pooling.pooledSize), "spatial_scale": .float(Float(pooling.spatialScale)),
      ])
  }
}
