internal import Graphs

/// A map of a pyramid.
struct PyramidLevel {
  let number: Int
  let map: ValueID

  /// Input pixels for each element.
  var stride: Int { 1 << number }
}

extension NetworkBuilder {
  /// A feature pyramid (arXiv:1612.03144): each stage's map plus the coarser level, enlarged, and smoothed.
  ///
  /// - Returns: levels 2 to 6, finest first; level 6 serves the proposals alone.
  mutating func featurePyramid(_ maps: StageMaps) -> [PyramidLevel] {
    var levels = [
      PyramidLevel(
        number: 6, map: convolution("fpn_p6", maps.stage5, .head, Window(3, stride: 2), hasBias: true))
    ]
    var coarser: ValueID?
    for (level, stage) in [(5, maps.stage5), (4, maps.stage4), (3, maps.stage3), (2, maps.stage2)] {
      var map = convolution("fpn_p\(level)_1x1", stage, .head, hasBias: true)
      if let above = coarser {
        map = sum("fpn_p\(level)_sum", [enlarged("fpn_p\(level + 1)_upsample", above, by: 2), map])
      }
      coarser = map
      let smooth = convolution("fpn_p\(level)", map, .head, Window(3), hasBias: true)
      levels.insert(PyramidLevel(number: level, map: smooth), at: 0)
    }
    return levels
  }

  /// Each region is pooled from the level that suits its size, then goes through two hidden layers.
  mutating func pyramidHead(
    _ levels: [PyramidLevel], regions: ValueID, movesParts: Bool
  ) -> RegionResult {
    twoLayerHead(pyramidPooling("fpn_roi_pooling", levels, regions, movesParts: movesParts))
  }
}
