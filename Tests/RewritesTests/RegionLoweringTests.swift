import Graphs
import Operators
import Rewrites
import Tensors
import TestSupport
import Testing

/// Operators that our engine computes as they are, and ONNX Runtime after they have been lowered.
@Suite("Lowered operators computed by ONNX Runtime", .enabled(if: PythonProgram.onnxruntime != nil))
struct RegionLoweringTests {
  private static func compare(
    _ operation: any Operator, _ tensors: [Tensor], outputs: Int = 1, within tolerance: Float,
    on targets: [ONNXTarget] = [.onnxruntime]
  ) throws {
    let single = SingleOperator(operation, tensors, outputs: outputs)
    let expected = try single.outputs(of: single.model)
    let byName = Dictionary(
      uniqueKeysWithValues: single.inputs.map { (single.model.graph[$0.key].name, $0.value) })
    for target in targets {
      let lowered = try single.model.lowered(for: target, given: single.openTypes)
      let found = try ONNXRuntimeRun.outputs(of: lowered, inputs: byName)
      #expect(found.map(\.shape) == expected.map(\.shape))
      for (a, b) in zip(found, expected) {
        let errors = zip(a.elements(as: Float.self), b.elements(as: Float.self)).map {
          abs($0 - $1) / max(1, abs($1))
        }
        #expect(errors.allSatisfy { $0 <= tolerance }, "\(target): up to \(errors.max() ?? 0)")
      }
    }
  }

  /// Regions inside, at the rim of, and beyond a picture of 9 × 11 cells of 16 pixels.
  private static let rois = Tensor(
    [
      0, 10, 20, 100, 90, 0, -40.5, -3, 30, 25.5, 0, 150, 100, 190, 170, 0, 60, 60, 62, 61, 0, 0, 0, 175, 143,
      0, 400, 400, 500, 500,
    ] as [Float], shape: [6, 5])

  @Test(
    "deformable convolution, samples on and over the rim",
    arguments: [DeformableConvolution.Border.closed, .zero], [false, true])
  func deformableConvolution(_ border: DeformableConvolution.Border, _ hasMask: Bool) throws {
    var generator = SeededGenerator(seed: 11)
    let geometry = ConvolutionGeometry(
      kernel: [3, 3], stride: [1, 1], dilation: [2, 2], padBegin: [2, 2], padEnd: [2, 2])
    let operation = DeformableConvolution(
      geometry: geometry, groups: 2, deformableGroups: 2, filters: 6, hasBias: true, hasMask: hasMask,
      border: border)
    // Offsets on a grid of halves: many samples stand on an edge.
    let offset = (0..<36 * 7 * 9).map { _ in (Float.random(in: -12...12, using: &generator)).rounded() / 2 }
    var tensors = [generator.tensor([1, 4, 7, 9]), Tensor(offset, shape: [1, 36, 7, 9])]
    if hasMask { tensors.append(generator.tensor([1, 18, 7, 9])) }
    tensors += [generator.tensor([6, 2, 3, 3]), generator.tensor([6])]
    // The portable form normalises positions.
    try Self.compare(operation, tensors, within: 1e-5, on: ONNXTarget.allCases)
  }

  @Test("deformable convolution whose offsets are no numbers, on a map of one element")
  func hostileOffsets() throws {
    let geometry = ConvolutionGeometry(
      kernel: [1, 1], stride: [1, 1], dilation: [1, 1], padBegin: [1, 1], padEnd: [1, 1])
    let operation = DeformableConvolution(
      geometry: geometry, filters: 1, hasBias: false, hasMask: false, border: .closed)
    let offset: [Float] =
      [1, .nan, .infinity, -.infinity, 1e38, 0.5, -1, 0, 1.5] + [1, 1, 1, 1, 1, 0.5, 1, 0, -0.5]
    try Self.compare(
      operation,
      [
        Tensor([3] as [Float], shape: [1, 1, 1, 1]), Tensor(offset, shape: [1, 2, 3, 3]),
        Tensor([2] as [Float], shape: [1, 1, 1, 1]),
      ],
      within: 0, on: ONNXTarget.allCases)
  }

  @Test("position-sensitive pooling", arguments: [(3, 3), (4, 2)])
  func positionSensitive(_ bins: Int, _ groups: Int) throws {
    var generator = SeededGenerator(seed: 12)
    let operation = PSROIPooling(spatialScale: 0.0625, outputDim: 5, pooledSize: bins, groupSize: groups)
    let data = generator.tensor([1, 5 * groups * groups, 9, 11])
    try Self.compare(operation, [data, Self.rois], within: 1e-6)
  }

  @Test(
    "deformable position-sensitive pooling: still, moved together, moved by class", arguments: [0, 1, 3, 6])
  func deformable(_ classes: Int) throws {
    var generator = SeededGenerator(seed: 13)
    let operation = DeformablePSROIPooling(
      spatialScale: 0.0625, outputDim: 6, groupSize: 3, pooledSize: 3, partSize: 2, samplesPerPart: 4,
      transStd: classes == 0 ? 0 : Double(Float(0.1)), hasTrans: classes > 0)
    var tensors = [generator.tensor([1, 54, 9, 11]), Self.rois]
    if classes > 0 { tensors.append(generator.tensor([6, 2 * classes, 2, 2], scale: 3)) }
    try Self.compare(operation, tensors, within: 1e-6)
  }

  @Test("regions of a pyramid, plainly and deformably", arguments: [false, true])
  func pyramid(_ isDeformable: Bool) throws {
    var generator = SeededGenerator(seed: 14)
    let operation = PyramidROIPooling(isDeformable: isDeformable, outputDim: 3)
    // 224 pixels are on a level's edge; the last region is beyond all maps.
    let rois: [Float] = [
      0, 0, 0, 223, 223, 0, 10.5, 20, 40, 33, 0, 0, 0, 222, 223, 0, 30, 40, 500, 400, 0, -50, 200, 60, 300, 0,
      0, 0, 447, 447,
    ]
    var tensors = [4, 8, 16, 32].map { generator.tensor([1, 3, 512 / $0, 512 / $0]) }
    if isDeformable {
      for _ in 0..<4 { tensors += [generator.tensor([98, 147], scale: 0.3), generator.tensor([98])] }
    }
    tensors.append(Tensor(rois, shape: [6, 5]))
    // Offsets are sums of 147 products, and RoiAlign rounds positions anew.
    try Self.compare(operation, tensors, within: isDeformable ? 2e-4 : 0)
  }

  private static func selection(postNMSTopN: Int) -> ProposalSelection {
    ProposalSelection(
      scales: [4, 8], ratios: [0.5, 1, 2], preNMSTopN: 200, postNMSTopN: postNMSTopN, threshold: 0.7,
      minSize: 16, hasScores: true)
  }

  /// Scores without ties, deltas, and an image that leaves cells beyond it.
  private static func maps(_ generator: inout SeededGenerator, _ height: Int, _ width: Int) -> [Tensor] {
    let count = 12 * height * width
    let order = (0..<count).shuffled(using: &generator).map { Float($0) / Float(count) }
    return [
      Tensor(order, shape: [1, 12, height, width]), generator.tensor([1, 24, height, width], scale: 0.5),
    ]
  }

  @Test("proposals by both rules, and fewer than are asked for", arguments: [20, 400])
  func proposals(_ postNMSTopN: Int) throws {
    var generator = SeededGenerator(seed: 15)
    let tensors = Self.maps(&generator, 9, 11) + [Tensor([140, 160, 1.5] as [Float], shape: [1, 3])]
    let selection = Self.selection(postNMSTopN: postNMSTopN)
    try Self.compare(Proposal(stride: 16, selection: selection), tensors, outputs: 2, within: 1e-6)
    try Self.compare(
      PyramidProposal(strides: [16], selection: selection), tensors, outputs: 2, within: 1e-6)
  }

  @Test("equal scores go as in the source: the first one for C++, the last one for Python")
  func ties() throws {
    var generator = SeededGenerator(seed: 16)
    let scores = (0..<12 * 6 * 7).map { _ in Float.random(in: 0...4, using: &generator).rounded() / 4 }
    let tensors = [
      Tensor(scores, shape: [1, 12, 6, 7]), generator.tensor([1, 24, 6, 7], scale: 0.5),
      Tensor([96, 112, 1] as [Float], shape: [1, 3]),
    ]
    let selection = Self.selection(postNMSTopN: 30)
    try Self.compare(Proposal(stride: 16, selection: selection), tensors, outputs: 2, within: 1e-6)
    try Self.compare(
      PyramidProposal(strides: [16], selection: selection), tensors, outputs: 2, within: 1e-6)
  }

  @Test("proposals of a pyramid, and none at all")
  func pyramidProposals() throws {
    var generator = SeededGenerator(seed: 17)
    let levels = [(8, 12, 10), (16, 6, 5)].map { (stride: $0.0, maps: Self.maps(&generator, $0.1, $0.2)) }
    let operation = PyramidProposal(strides: levels.map(\.stride), selection: Self.selection(postNMSTopN: 40))
    for scale in [1, 1000] as [Float] {
      let info = Tensor([96, 80, scale] as [Float], shape: [1, 3])
      try Self.compare(
        operation, levels.map { $0.maps[0] } + levels.map { $0.maps[1] } + [info], outputs: 2, within: 1e-6)
    }
  }

  @Test("a batch of several images is refused where its regions would mix")
  func batches() throws {
    var generator = SeededGenerator(seed: 18)
    let operation = PSROIPooling(spatialScale: 1, outputDim: 1, pooledSize: 1, groupSize: 1)
    let single = SingleOperator(operation, [generator.tensor([2, 1, 3, 3]), Self.rois])
    let error = #expect(throws: NodeError.self) {
      try single.model.lowered(for: .onnxruntime, given: single.openTypes)
    }
    #expect(error?.description.contains("a batch of 2") == true)
  }

  @Test("suppressed boxes of either format", arguments: [BoxNMS.Format.corner, .center])
  func boxes(_ format: BoxNMS.Format) throws {
    var generator = SeededGenerator(seed: 19)
    let rows = (0..<40).flatMap { _ -> [Float] in
      let (x, y) = (Float.random(in: 0...20, using: &generator), Float.random(in: 0...20, using: &generator))
      let side = Float.random(in: 5...15, using: &generator)
      let last = format == .corner ? [x + side, y + side] : [side, side]
      return [
        Float.random(in: 0...3, using: &generator).rounded(), Float.random(in: 0...1, using: &generator), x,
        y,
      ] + last
    }
    let operation = BoxNMS(
      overlapThreshold: 0.4, scoreThreshold: 0.2, topK: 25, classColumn: 0, backgroundClass: 0,
      suppressesAcrossClasses: true, inputFormat: format, outputFormat: format)
    let single = SingleOperator(operation, [Tensor(rows, shape: [1, 40, 6])])
    let lowered = try single.model.lowered(
      for: .onnxruntime,
      given: [single.model.inputs[0]: ValueType(.float32, PartialShape([1, nil, 6]))])
    let found = try ONNXRuntimeRun.outputs(of: lowered, inputs: ["data": Tensor(rows, shape: [1, 40, 6])])
    let expected = try single.outputs(of: single.model)[0]
    #expect(found[0].shape == expected.shape)
    #expect(found[0].elements(as: Float.self) == expected.elements(as: Float.self))
  }
}
