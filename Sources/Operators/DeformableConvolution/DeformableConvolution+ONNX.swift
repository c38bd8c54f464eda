internal import OrderedCollections

extension DeformableConvolution {
  /// ONNX `DeformConv` (19, 22), and the forms that plugins gave the same computation before ONNX had it.
  ///
  /// DCNv3 and DCNv4 are other computations, whatever they are called; they stay opaque.
  package static let onnx: ONNXDialect<DeformableConvolution>? = ONNXDialect(
    names: [
      ONNXName("DeformConv", since: 19),
      ONNXName(domain: "mmcv", "MMCVDeformConv2d"), ONNXName(domain: "mmdeploy", "MMCVDeformConv2d"),
      ONNXName(domain: "mmcv", "MMCVModulatedDeformConv2d"),
      ONNXName(domain: "mmdeploy", "MMCVModulatedDeformConv2d"),
      ONNXName(domain: "org.openvinotoolkit", "DeformableConv2D"),
      // TensorRT finds plugins by the name alone; exporters put them into any of these domains.
      ONNXName(domain: "", "ModulatedDeformConv2d"), ONNXName(domain: "trt", "ModulatedDeformConv2d"),
      ONNXName(domain: "trt.plugins", "ModulatedDeformConv2d"),
      ONNXName(domain: "nvinfer1", "ModulatedDeformConv2d"),
    ],
    read: { node throws(OperatorError) in
      switch node.op {
      case "DeformConv": try readStandard(&node)
      case "DeformableConv2D": try readOpenVINO(&node)
      case "MMCVDeformConv2d": try readPlugin(&node, hasMask: false)
      default: try readPlugin(&node, hasMask: true)
      }
    },
    write: { convolution, site throws(OperatorError) in
      try site.requireOpset(19, "DeformConv")
      guard convolution.border == .zero else {
        throw .attribute("border", found: "closed", expected: "zero, as DeformConv has it")
      }
      guard convolution.coordinates == .absolute, convolution.offsetOrder == .yx else {
        throw .attribute(
          "coordinates", found: "\(convolution.coordinates), \(convolution.offsetOrder)",
          expected: "absolute and yx")
      }
      return [
        ONNXSpelling(
          "DeformConv",
          convolution.geometry.onnxAttributes + [
            ("group", .integer(convolution.groups)), ("offset_group", .integer(convolution.deformableGroups)),
          ],
          inputs: [
            .input(0), .input(convolution.weightIndex), .input(1),
            convolution.biasIndex.map(ONNXSpelling.Input.input) ?? .none,
            convolution.maskIndex.map(ONNXSpelling.Input.input) ?? .none,
          ])
      ]
    })

  /// Inputs X, W, offset, B?, mask?; where nothing is said of the rim, zeros are around the map, as in
  /// torchvision and ONNX's tests.
  private static func readStandard(
    _ node: inout ONNXNode
  ) throws(OperatorError) -> DeformableConvolution {
    try node.requireInputs(3, optional: 2)
    let (hasBias, hasMask) = (node.hasInput(3), node.hasInput(4))
    let groups = try node.integer("group", default: 1)
    let deformableGroups = try node.integer("offset_group", default: 1)
    let geometry = try node.geometry(weight: 1, automatic: false)
    let filters = try node.dimension(0, of: 1)
    node.take([0, 2] + (hasMask ? [4] : []) + [1] + (hasBias ? [3] : []))
    return DeformableConvolution(
      geometry: geometry, groups: groups, deformableGroups: deformableGroups, filters: filters,
      hasBias: hasBias, hasMask: hasMask, border: .zero)
  }

  /// OpenVINO's own operator in ONNX files: inputs data, offset, weight, mask?; the closed border unless
  /// `bilinear_interpolation_pad` says otherwise (openvino org.openvinotoolkit/deformable_conv_2d.cpp).
  private static func readOpenVINO(
    _ node: inout ONNXNode
  ) throws(OperatorError) -> DeformableConvolution {
    try node.requireInputs(3, optional: 1)
    let hasMask = node.hasInput(3)
    // mmdeploy writes `groups`, which OpenVINO does not read, and demands that it is 1.
    let groups = try node.integer("group", default: try node.integer("groups", default: 1))
    let deformableGroups = try node.integer("deformable_groups", default: 1)
    let hasZeroBorder = try node.flag("bilinear_interpolation_pad", default: false)
    let geometry = try node.geometry(weight: 2)
    let filters = try node.dimension(0, of: 2)
    node.take(hasMask ? [0, 1, 3, 2] : [0, 1, 2])
    return DeformableConvolution(
      geometry: geometry, groups: groups, deformableGroups: deformableGroups, filters: filters,
      hasBias: false, hasMask: hasMask, border: hasZeroBorder ? .zero : .closed)
  }

  /// mmcv's, mmdeploy's and TensorRT's plugins: inputs in the IR's order, the mask before the weight.
  private static func readPlugin(
    _ node: inout ONNXNode, hasMask: Bool
  ) throws(OperatorError) -> DeformableConvolution {
    let weight = hasMask ? 3 : 2
    try node.requireInputs(weight + 1, optional: hasMask ? 1 : 0)
    node.ignore("im2col_step", "plugin_version", "plugin_namespace")
    if try node.flag("bias", default: false), !hasMask {
      throw .attribute("bias", found: "1", expected: "0, as this form has no input for one")
    }
    let groups = try node.integer("groups", default: try node.integer("group", default: 1))
    let deformableGroups = try node.integer(
      "deform_groups", default: try node.integer("deformable_group", default: 1))
    let stride = try node.pair("stride", default: 1)
    let dilation = try node.pair("dilation", default: 1)
    let pad = try readPadding(&node)
    let kernel = [try node.dimension(2, of: weight), try node.dimension(3, of: weight)]
    let geometry = ConvolutionGeometry(
      kernel: kernel, stride: stride, dilation: dilation, padBegin: pad, padEnd: pad)
    try geometry.validate()
    return DeformableConvolution(
      geometry: geometry, groups: groups, deformableGroups: deformableGroups,
      filters: try node.dimension(0, of: weight), hasBias: node.hasInput(weight + 1), hasMask: hasMask,
      border: .zero)
  }

  /// `padding` of height and width; mmdeploy writes each twice for the operator without a mask.
  private static func readPadding(_ node: inout ONNXNode) throws(OperatorError) -> [Int] {
    guard case .integers(let pads)? = node.attributes["padding"], pads.count == 4 else {
      return try node.pair("padding", default: 0)
    }
    _ = node.has("padding")
    guard pads[0] == pads[1], pads[2] == pads[3] else {
      throw .attribute("padding", found: "\(pads)", expected: "height twice, then width twice")
    }
    return [pads[0], pads[2]]
  }
}

extension ONNXNode {
  /// Two integers for height and width; one number stands for both.
  ///
  /// - Throws: `OperatorError` where there are others.
  mutating func pair(_ name: String, default value: Int) throws(OperatorError) -> [Int] {
    if case .integer(let number)? = attributes[name] {
      _ = has(name)
      return [number, number]
    }
    let numbers = try integers(name, default: [value, value])
    guard numbers.count == 2 else {
      throw .attribute(name, found: "\(numbers)", expected: "two numbers: height, width")
    }
    return numbers
  }
}
