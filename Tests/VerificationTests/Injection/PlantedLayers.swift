import Graphs
import Operators
import Tensors
import TestSupport

/// Layers of several kinds and sizes, with seeded inputs.
enum PlantedLayers {
  static func geometry(
    _ kernel: Int, stride: Int = 1, dilation: Int = 1, pad: Int = 0
  ) -> ConvolutionGeometry {
    ConvolutionGeometry(
      kernel: [kernel, kernel], stride: [stride, stride], dilation: [dilation, dilation],
      padBegin: [pad, pad], padEnd: [pad, pad])
  }

  static func normal(_ shape: [Int], _ scale: Float, _ random: inout SeededGenerator) -> Tensor {
    Tensor((0..<Shape(shape).count).map { _ in random.normal() * scale }, shape: Shape(shape))
  }

  static func output(_ geometry: ConvolutionGeometry, _ height: Int, _ width: Int) -> [Int] {
    zip([height, width], 0..<2).map { size, axis in
      (size + geometry.padBegin[axis] + geometry.padEnd[axis] - geometry.extent(axis)) / geometry.stride[axis]
        + 1
    }
  }

  /// Offsets of about a pixel, masks between 0 and 1.
  static func deformable(
    _ name: String, _ data: [Int], filters: Int, _ geometry: ConvolutionGeometry, groups: Int = 1,
    deformableGroups: Int = 1, bias: Bool = true, mask: Bool, border: DeformableConvolution.Border
  ) -> PlantedLayer {
    var random = SeededGenerator(seed: UInt64(data.reduce(filters, +)))
    let operation = DeformableConvolution(
      geometry: geometry, groups: groups, deformableGroups: deformableGroups, filters: filters, hasBias: bias,
      hasMask: mask, border: border)
    let taps = geometry.kernel[0] * geometry.kernel[1]
    let size = output(geometry, data[2], data[3])
    var inputs = [
      normal(data, 1, &random), normal([data[0], 2 * deformableGroups * taps] + size, 1.2, &random),
    ]
    if mask {
      let shape = Shape([data[0], deformableGroups * taps] + size)
      inputs.append(
        Tensor((0..<shape.count).map { _ in Float.random(in: 0.1..<0.9, using: &random) }, shape: shape))
    }
    inputs.append(normal([filters, data[1] / groups] + geometry.kernel, 0.2, &random))
    if bias { inputs.append(normal([filters], 0.5, &random)) }
    return PlantedLayer(name: name, operation: operation, inputs: inputs)
  }

  static let closed = [
    deformable(
      "v1 3×3, 2 images", [2, 8, 9, 11], filters: 6, geometry(3, pad: 1), deformableGroups: 2, mask: false,
      border: .closed),
    deformable(
      "v1 3×3 dilation 2, 4 deformable groups", [1, 16, 14, 13], filters: 8, geometry(3, dilation: 2, pad: 2),
      deformableGroups: 4, bias: false, mask: false, border: .closed),
    deformable(
      "v1 3×3 stride 2", [1, 6, 19, 25], filters: 4, geometry(3, stride: 2, pad: 1), mask: false,
      border: .closed),
  ]

  static let masked = [
    deformable(
      "v2 3×3", [1, 8, 7, 9], filters: 5, geometry(3, pad: 1), mask: true, border: .zero),
    deformable(
      "v2 3×3, 2 deformable groups, 2 images", [2, 8, 12, 10], filters: 8, geometry(3, pad: 1),
      deformableGroups: 2, bias: false, mask: true, border: .zero),
    deformable(
      "v2 3×3 dilation 2", [1, 12, 17, 15], filters: 4, geometry(3, dilation: 2, pad: 2), deformableGroups: 3,
      mask: true, border: .zero),
  ]

  static let grouped = [
    deformable(
      "v1, 2 groups, 2 deformable groups", [1, 8, 10, 11], filters: 8, geometry(3, pad: 1), groups: 2,
      deformableGroups: 2, mask: false, border: .closed),
    deformable(
      "v2, 4 groups, 2 deformable groups", [1, 16, 9, 8], filters: 8, geometry(3, pad: 1), groups: 4,
      deformableGroups: 2, mask: true, border: .zero),
  ]

  /// Wide enough that the last bits of positions matter.
  static let wide = [
    deformable(
      "v1 on 40×200", [1, 2, 40, 200], filters: 2, geometry(3, pad: 1), bias: false, mask: false,
      border: .closed),
    deformable(
      "v2 on 200×40", [1, 3, 200, 40], filters: 2, geometry(3, pad: 1), mask: true, border: .zero),
  ]

  static func convolution(
    _ name: String, _ data: [Int], filters: Int, _ geometry: ConvolutionGeometry, groups: Int = 1,
    bias: Bool = true
  ) -> PlantedLayer {
    var random = SeededGenerator(seed: UInt64(data.reduce(filters, +)))
    var inputs = [
      normal(data, 1, &random), normal([filters, data[1] / groups] + geometry.kernel, 0.2, &random),
    ]
    if bias { inputs.append(normal([filters], 0.5, &random)) }
    return PlantedLayer(
      name: name,
      operation: Convolution(geometry: geometry, groups: groups, filters: filters, hasBias: bias),
      inputs: inputs)
  }

  static let convolutions = [
    convolution("3×3, 16 channels", [1, 16, 12, 14], filters: 16, geometry(3, pad: 1)),
    convolution("1×1, 64 channels", [2, 64, 6, 7], filters: 64, geometry(1)),
    convolution("5×5 stride 2", [1, 6, 21, 17], filters: 6, geometry(5, stride: 2, pad: 2)),
  ]

  static let unbiased = [
    convolution("3×3 without bias", [1, 8, 11, 9], filters: 6, geometry(3, pad: 1), bias: false),
    convolution("1×1 without bias", [1, 24, 7, 9], filters: 10, geometry(1), bias: false),
  ]

  static let pictures = [
    convolution("7×7 stride 2 of a picture", [1, 3, 32, 36], filters: 8, geometry(7, stride: 2, pad: 3)),
    convolution("3×3 of two pictures", [2, 3, 15, 17], filters: 5, geometry(3, pad: 1), bias: false),
  ]

  static let groupedConvolutions = [
    convolution("3×3 in 2 groups", [1, 8, 9, 10], filters: 8, geometry(3, pad: 1), groups: 2),
    convolution("1×1 in 4 groups", [1, 32, 8, 8], filters: 16, geometry(1), groups: 4),
  ]

  static let strided = [
    convolution("3×3 stride 2", [1, 8, 17, 15], filters: 6, geometry(3, stride: 2, pad: 1)),
    convolution("3×3 dilation 2", [1, 8, 13, 14], filters: 6, geometry(3, dilation: 2, pad: 2)),
  ]

  static func dense(_ name: String, _ data: [Int], units: Int) -> PlantedLayer {
    var random = SeededGenerator(seed: UInt64(data.reduce(units, +)))
    let columns = data.dropFirst().reduce(1, *)
    return PlantedLayer(
      name: name, operation: FullyConnected(units: units, hasBias: true),
      inputs: [
        normal(data, 1, &random), normal([units, columns], 0.1, &random), normal([units], 0.5, &random),
      ])
  }

  static let fullyConnected = [
    dense("fully connected 128", [5, 128], units: 128),
    dense("fully connected 7×7", [4, 6, 5, 7], units: 40),
  ]

  static func deconvolution(_ name: String, _ data: [Int], filters: Int, _ kernel: Int, groups: Int)
    -> PlantedLayer
  {
    var random = SeededGenerator(seed: UInt64(data.reduce(filters, +)))
    return PlantedLayer(
      name: name,
      operation: Deconvolution(
        geometry: geometry(kernel, stride: 2, pad: 1), groups: groups, filters: filters, hasBias: false),
      inputs: [normal(data, 1, &random), normal([data[1], filters / groups, kernel, kernel], 0.2, &random)])
  }

  static let deconvolutions = [
    deconvolution("deconvolution 4×4", [1, 6, 7, 8], filters: 6, 4, groups: 1),
    deconvolution("deconvolution 3×3 in 3 groups", [2, 6, 5, 6], filters: 3, 3, groups: 3),
  ]

  static func batchNorm(_ name: String, _ data: [Int], epsilon: Double, fixGamma: Bool) -> PlantedLayer {
    var random = SeededGenerator(seed: UInt64(data.reduce(3, +)))
    let channels = data[1]
    // Statistics of small channels, where an epsilon is felt.
    let variance = Tensor(
      (0..<channels).map { _ in Float.random(in: 0.01..<0.5, using: &random) }, shape: [channels])
    return PlantedLayer(
      name: name, operation: BatchNorm(epsilon: epsilon, fixGamma: fixGamma),
      inputs: [
        normal(data, 1, &random), normal([channels], 1, &random), normal([channels], 1, &random),
        normal([channels], 1, &random), variance,
      ])
  }

  static let batchNorms = [
    batchNorm("batch norm 8 channels", [2, 8, 6, 7], epsilon: 1e-5, fixGamma: false),
    batchNorm("batch norm 32 channels", [1, 32, 9, 5], epsilon: 2e-5, fixGamma: false),
  ]

  static func pool(_ name: String, _ data: [Int], _ pooling: Pooling) -> PlantedLayer {
    var random = SeededGenerator(seed: UInt64(data.reduce(1, +)))
    return PlantedLayer(name: name, operation: pooling, inputs: [normal(data, 1, &random)])
  }

  static let uneven = [
    pool(
      "max 3×3 stride 2", [1, 4, 12, 14], Pooling(.max, geometry: geometry(3, stride: 2), convention: .full)),
    pool(
      "average 2×2 stride 2", [2, 3, 9, 11],
      Pooling(.average, geometry: geometry(2, stride: 2), convention: .full, divisor: .inside)),
  ]
  static let means = [
    pool("average 3×3", [1, 4, 8, 9], Pooling(.average, geometry: geometry(3, pad: 1), divisor: .inside)),
    pool(
      "average 5×5 stride 2", [1, 3, 15, 13],
      Pooling(.average, geometry: geometry(5, stride: 2, pad: 2), divisor: .inside)),
  ]
  static let maxima = [
    pool("max 3×3 padded", [1, 6, 8, 9], Pooling(.max, geometry: geometry(3, pad: 1))),
    pool("max 2×2 padded", [1, 5, 8, 10], Pooling(.max, geometry: geometry(2, stride: 2, pad: 1))),
  ]
}
