import Graphs
import Operators
import Tensors
import TestSupport

/// Layers that pool regions.
extension PlantedLayers {
  /// Regions of a picture, some with corners that end in a half, which rounding rules tell apart.
  static func rois(_ count: Int, width: Int, height: Int, images: Int, _ random: inout SeededGenerator)
    -> Tensor
  {
    let rows = (0..<count).flatMap { index -> [Float] in
      let x = Float(Int.random(in: 0..<width / 2, using: &random))
      let y = Float(Int.random(in: 0..<height / 2, using: &random))
      let w = Float(Int.random(in: 4..<width / 2, using: &random))
      let h = Float(Int.random(in: 4..<height / 2, using: &random))
      let (a, b): (Float, Float) = index % 2 == 0 ? (0.5, 0.25) : (0.125, 0.5)
      return [Float(index % images), x + a, y + b, x + w + b, y + h + a]
    }
    return Tensor(rows, shape: [count, 5])
  }

  static func positionSensitive(
    _ name: String, outputDim: Int, groups: Int, height: Int, width: Int, images: Int, scale: Double
  ) -> PlantedLayer {
    var random = SeededGenerator(seed: UInt64(height * width + outputDim))
    let data = normal([images, outputDim * groups * groups, height, width], 1, &random)
    return PlantedLayer(
      name: name,
      operation: PSROIPooling(
        spatialScale: scale, outputDim: outputDim, pooledSize: groups, groupSize: groups),
      inputs: [
        data,
        rois(
          12, width: Int(Double(width) / scale), height: Int(Double(height) / scale), images: images, &random),
      ])
  }

  static let positionSensitives = [
    positionSensitive(
      "PS-RoI pooling 3×3", outputDim: 4, groups: 3, height: 14, width: 18, images: 2, scale: 0.25),
    positionSensitive(
      "PS-RoI pooling 7×7", outputDim: 2, groups: 7, height: 20, width: 24, images: 2, scale: 0.25),
  ]

  static func deformableRegions(
    _ name: String, outputDim: Int, groups: Int, height: Int, width: Int, classes: Int, scale: Double
  ) -> PlantedLayer {
    var random = SeededGenerator(seed: UInt64(height * width + outputDim))
    let data = normal([2, outputDim * groups * groups, height, width], 1, &random)
    let regions = rois(
      10, width: Int(Double(width) / scale), height: Int(Double(height) / scale), images: 2, &random)
    let trans = normal([10, 2 * classes, groups, groups], 1, &random)
    return PlantedLayer(
      name: name,
      operation: DeformablePSROIPooling(
        spatialScale: scale, outputDim: outputDim, groupSize: groups, pooledSize: groups, samplesPerPart: 2,
        transStd: 0.125, hasTrans: true), inputs: [data, regions, trans])
  }

  static let deformableRegions = [
    deformableRegions(
      "deformable PS-RoI pooling 3×3", outputDim: 4, groups: 3, height: 14, width: 18, classes: 2, scale: 0.25
    ),
    deformableRegions(
      "deformable PS-RoI pooling 7×7", outputDim: 3, groups: 7, height: 20, width: 24, classes: 3, scale: 0.25
    ),
  ]

  static func regions(_ name: String, channels: Int, bins: Int, scale: Double) -> PlantedLayer {
    var random = SeededGenerator(seed: UInt64(channels + bins))
    return PlantedLayer(
      name: name, operation: ROIPooling(pooledSize: [bins, bins], spatialScale: scale),
      inputs: [
        normal([2, channels, 16, 19], 1, &random),
        rois(12, width: Int(19 / scale), height: Int(16 / scale), images: 2, &random),
      ])
  }

  static let regionPoolings = [
    regions("RoI pooling 7×7", channels: 4, bins: 7, scale: 1),
    regions("RoI pooling 2×2", channels: 6, bins: 2, scale: 1),
  ]
}
