import Graphs
import Operators
import OrderedCollections
import Tensors
import Testing

/// A node as a file holds it; shapes are those of its inputs, nil where one is left out.
func node(
  _ op: String, domain: String = "", version: Int = 19, _ attributes: ONNXNode.Attributes = [:],
  inputs: [[Int?]?], outputs: Int = 1
) -> ONNXNode {
  ONNXNode(
    op: op, domain: domain, version: version, attributes: attributes,
    inputs: inputs.map { shape in
      shape.map { ONNXNode.Input(type: ValueType(.float32, PartialShape($0)), constant: nil) }
    }, outputCount: outputs)
}

@Suite("Deformable convolutions in ONNX")
struct ONNXDeformableTests {
  private static let data: [Int?] = [1, 4, 9, 9]
  private static let offset: [Int?] = [1, 36, nil, nil]
  private static let mask: [Int?] = [1, 18, nil, nil]
  private static let weight: [Int?] = [6, 2, 3, 3]

  private func read(_ node: ONNXNode) throws -> (DeformableConvolution, [Int]) {
    let reading = try #require(try OperatorTable.read(onnx: node))
    return (try #require(reading.operation as? DeformableConvolution), reading.inputs)
  }

  @Test("defaults of DeformConv are ONNX's", arguments: [19, 22])
  func defaults(_ version: Int) throws {
    let (convolution, inputs) = try read(
      node("DeformConv", version: version, inputs: [Self.data, [6, 4, 3, 5], [1, 30, nil, nil]]))
    #expect(
      convolution
        == DeformableConvolution(
          geometry: ConvolutionGeometry(
            kernel: [3, 5], stride: [1, 1], dilation: [1, 1], padBegin: [0, 0], padEnd: [0, 0]),
          filters: 6, hasBias: false, hasMask: false, border: .zero))
    #expect(inputs == [0, 2, 1])
  }

  @Test("a bias that is left out before a mask leaves no hole in the IR")
  func maskWithoutBias() throws {
    let (convolution, inputs) = try read(
      node(
        "DeformConv",
        [
          "group": .integer(2), "offset_group": .integer(2), "pads": .integers([1, 0, 2, 1]),
          "strides": .integers([2, 1]), "dilations": .integers([1, 2]), "kernel_shape": .integers([3, 3]),
        ], inputs: [Self.data, Self.weight, Self.offset, nil, Self.mask]))
    #expect(convolution.hasMask && !convolution.hasBias)
    #expect(convolution.groups == 2 && convolution.deformableGroups == 2)
    #expect(convolution.geometry.padBegin == [1, 0] && convolution.geometry.padEnd == [2, 1])
    #expect(convolution.geometry.stride == [2, 1] && convolution.geometry.dilation == [1, 2])
    #expect(inputs == [0, 2, 4, 1])
    #expect(
      try read(node("DeformConv", inputs: [Self.data, Self.weight, Self.offset, [6], Self.mask])).1
        == [0, 2, 4, 1, 3])
  }

  @Test(
    "mmcv's operator without a mask is read, with its paddings written once or twice",
    arguments: [
      ("mmcv", [1, 2]), ("mmdeploy", [1, 1, 2, 2]),
    ])
  func mmcv(_ domain: String, _ padding: [Int]) throws {
    let (convolution, inputs) = try read(
      node(
        "MMCVDeformConv2d", domain: domain, version: 1,
        [
          "stride": .integers([2, 1]), "padding": .integers(padding), "dilation": .integers([1, 1]),
          "groups": .integer(2), "deform_groups": .integer(2),
        ], inputs: [Self.data, Self.offset, Self.weight]))
    #expect(convolution.geometry.padBegin == [1, 2] && convolution.geometry.padEnd == [1, 2])
    #expect(convolution.border == .zero && !convolution.hasMask && convolution.filters == 6)
    #expect(inputs == [0, 1, 2])
  }

  @Test("paddings that cannot be told apart are refused")
  func ambiguous() throws {
    #expect(throws: OperatorError.self) {
      try OperatorTable.read(
        onnx: node(
          "MMCVDeformConv2d", domain: "mmdeploy", version: 1, ["padding": .integers([1, 2, 1, 2])],
          inputs: [Self.data, Self.offset, Self.weight]))
    }
  }

  @Test(
    "plugins with a mask have it before the weight",
    arguments: [
      ("mmcv", "MMCVModulatedDeformConv2d", "groups", "deform_groups"),
      ("mmdeploy", "MMCVModulatedDeformConv2d", "groups", "deform_groups"),
      ("", "ModulatedDeformConv2d", "group", "deformable_group"),
      ("trt", "ModulatedDeformConv2d", "group", "deformable_group"),
    ])
  func modulated(_ domain: String, _ op: String, _ groups: String, _ deformableGroups: String) throws {
    let (convolution, inputs) = try read(
      node(
        op, domain: domain,
        [
          groups: .integer(2), deformableGroups: .integer(2), "stride": .integers([1, 1]),
          "padding": .integers([1, 1]), "dilation": .integers([1, 1]),
        ], inputs: [Self.data, Self.offset, Self.mask, Self.weight, [6]]))
    #expect(convolution.hasMask && convolution.hasBias && convolution.border == .zero)
    #expect(convolution.groups == 2 && convolution.deformableGroups == 2)
    #expect(inputs == [0, 1, 2, 3, 4])
  }

  @Test("OpenVINO's operator has the closed border unless it says otherwise", arguments: [false, true])
  func openVINO(_ pads: Bool) throws {
    var attributes: ONNXNode.Attributes = [
      "strides": .integers([1, 1]), "pads": .integers([1, 1, 1, 1]), "dilations": .integers([1, 1]),
      "groups": .integer(1), "deformable_groups": .integer(2), "kernel_shape": .integers([3, 3]),
    ]
    if pads { attributes["bilinear_interpolation_pad"] = .integer(1) }
    let (convolution, inputs) = try read(
      node(
        "DeformableConv2D", domain: "org.openvinotoolkit", version: 1, attributes,
        inputs: [Self.data, Self.offset, [6, 4, 3, 3], Self.mask]))
    #expect(convolution.border == (pads ? .zero : .closed))
    #expect(convolution.deformableGroups == 2 && convolution.hasMask)
    #expect(inputs == [0, 1, 3, 2])
  }

  @Test(
    "DCNv3 and DCNv4 are not taken for deformable convolutions", arguments: ["TRTDCNv3", "DCNv3", "DCNv4"])
  func others(_ op: String) throws {
    for domain in ["", "mmdeploy", "mmcv"] {
      let reading = try OperatorTable.read(
        onnx: node(op, domain: domain, inputs: [[1, 9, 9, 4], [1, 9, 9, 72], [1, 9, 9, 36]]))
      #expect(reading == nil)
    }
  }

  @Test(
    "an attribute that is none of the operator's is refused",
    arguments: [
      ("pads", .integers([1, 1, 1])), ("groups", .integer(2)), ("auto_pad", .text("VALID")),
      ("group", .float(2)), ("strides", .integers([1])), ("dilations", .integers([0, 1])),
    ] as [(String, ONNXAttribute)])
  func malformed(_ name: String, _ value: ONNXAttribute) throws {
    let error = try #require(throws: OperatorError.self) {
      try OperatorTable.read(
        onnx: node("DeformConv", [name: value], inputs: [Self.data, Self.weight, Self.offset]))
    }
    #expect(error.place.hasPrefix("attribute"), "\(error)")
  }

  @Test("DeformConv before operator set 19 is refused")
  func tooOld() throws {
    let error = try #require(throws: OperatorError.self) {
      try OperatorTable.read(
        onnx: node("DeformConv", version: 18, inputs: [Self.data, Self.weight, Self.offset]))
    }
    #expect(error.description.contains("operator set 19, which brought it"))
  }
}
