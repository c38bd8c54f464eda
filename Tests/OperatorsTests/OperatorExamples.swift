import Graphs
import Operators
import OrderedCollections
import Tensors

/// Operators of every kind with attributes other than the defaults; each operator of the table is among them.
enum OperatorExamples {
  static let geometry = ConvolutionGeometry(
    kernel: [3, 2], stride: [2, 1], dilation: [1, 2], padBegin: [1, 0], padEnd: [1, 0])
  static let selection = ProposalSelection(
    scales: [4, 8.5], ratios: [0.5, 1, 2], preNMSTopN: 600, postNMSTopN: 30, threshold: fp32(0.7),
    minSize: 16,
    hasScores: true)

  static let all = ofMXNet + ofOthers

  /// What MXNet can spell.
  static let ofMXNet: [any Operator] = windows + activations + elementwise + arrangement + regions

  /// A number that MXNet keeps in fp32.
  private static func fp32(_ value: Float) -> Double { Double(value) }

  static let windows: [any Operator] = [
    Convolution(geometry: geometry, groups: 2, filters: 6, hasBias: true),
    DeformableConvolution(
      geometry: geometry, groups: 2, deformableGroups: 3, filters: 6, hasBias: true, hasMask: false,
      border: .closed),
    DeformableConvolution(
      geometry: geometry, deformableGroups: 3, filters: 6, hasBias: false, hasMask: true, border: .zero),
    Deconvolution(geometry: geometry, adjustment: [1, 0], groups: 2, filters: 6, hasBias: true),
    Deconvolution(
      geometry: ConvolutionGeometry(
        kernel: [4, 4], stride: [2, 2], dilation: [1, 1], padBegin: [0, 0], padEnd: [0, 0]),
      targetShape: [9, 10], filters: 6, hasBias: false),
    FullyConnected(units: 7, hasBias: false, flattens: false),
    Pooling(
      .average,
      geometry: ConvolutionGeometry(
        kernel: [3, 2], stride: [2, 1], dilation: [1, 1], padBegin: [1, 0], padEnd: [1, 0]),
      convention: .full, divisor: .inside),
    Pooling.global(.norm, power: 2),
    BatchNorm(epsilon: 1e-5, fixGamma: false, usesGlobalStatistics: true, axis: -1),
    L2Normalization(.channel, epsilon: fp32(1e-10)),
    LRN(size: 5, alpha: fp32(0.0001), beta: 0.75, bias: 2),
    UpSampling(nearest: 2, count: 3, combination: .sum), UpSampling(bilinear: 3, filters: 5),
    BilinearResize(size: [5, 6], alignsCorners: false), BilinearResize(alignsCorners: true),
  ]

  static let activations: [any Operator] =
    Activation.Function.allCases.map { Activation($0) } + [
      LeakyReLU(.leaky, slope: fp32(0.1)), LeakyReLU(.prelu), LeakyReLU(.elu, slope: 1), LeakyReLU(.selu),
      LeakyReLU(.gelu), HardSigmoid(alpha: fp32(0.2), beta: 0.5), Softmax(axis: -1), Softmax(axis: 1),
      Softmax(axis: 2, temperature: 0.1), Softmax(axis: 1, hasLabel: true), Softmax(axis: -1, hasLabel: true),
      Softmax(axis: 1, span: .trailing, hasLabel: true),
    ]

  static let elementwise: [any Operator] =
    Binary.Function.allCases.flatMap { [Binary($0, broadcasts: true), Binary($0, broadcasts: false)] }
    + Binary.Function.allCases.map { ScalarArithmetic($0, 0.1) }
    + Unary.Function.allCases.map { Unary($0) } + [
      ScalarArithmetic(.subtract, 1, scalarIsLeft: true), ScalarArithmetic(.power, 2, scalarIsLeft: true),
      AddN(count: 3), Cast(to: .float16), Clip(minimum: -.infinity, maximum: 6), Dropout(rate: fp32(0.3)),
      Identity(),
      Identity(blocksGradient: true), SmoothL1(sigma: 3),
    ]

  static let arrangement: [any Operator] = [
    Concat(count: 4, axis: -1), Crop(offset: [8, 8]), Crop(size: [3, 4], isCentered: true),
    ExpandDims(axes: [-1]), Flatten(), Pad(.reflect, padBegin: [0, 0, 1, 2], padEnd: [0, 0, 2, 1]),
    Pad(.constant, padBegin: [0, 0, 1, 2, 0], padEnd: [0, 0, 2, 1, 0], value: 0.1),
    Reshape([0, -4, 2, -1, -2]), Reshape([-3, 0], reversed: true),
    Slice(axes: [1, 3], begin: [2, .max], end: [.max, .min], step: [1, -2]),
    Slice(axes: [-1], begin: [2], end: [-1]), SliceLike(axes: [2, -1]),
    Split(count: 3, axis: 2, squeezesAxis: true), Squeeze(axes: [0, -1], keepsOneDimension: true),
    SwapAxes(0, -1), Transpose(axes: [0, 2, 3, 1]), Transpose(axes: []),
    Reduction(.mean, axes: [2, 3], keepsDimensions: true, keepsOneDimension: true),
    Reduction(.product, axes: [], keepsOneDimension: true),
    Reduction(.max, axes: [1], excludesAxes: true, keepsOneDimension: true),
    ArgMax(.max, axis: 1, keepsOneDimension: true),
    ArgMax(.min, axis: nil, keepsDimension: true, keepsOneDimension: true),
  ]

  static let regions: [any Operator] = [
    ROIPooling(pooledSize: [7, 6], spatialScale: 0.0625),
    ROIAlign(
      pooledSize: [7, 6], spatialScale: 0.0625, samplingRatio: 2, coordinates: .halfPixel,
      isPositionSensitive: true),
    PSROIPooling(spatialScale: 0.0625, outputDim: 8, pooledSize: 7, groupSize: 3),
    DeformablePSROIPooling(
      spatialScale: 0.0625, outputDim: 8, groupSize: 7, pooledSize: 7, partSize: 3, samplesPerPart: 4,
      transStd: fp32(0.1), hasTrans: true),
    PyramidROIPooling(isDeformable: true, outputDim: 16), PyramidROIPooling(isDeformable: false),
    Proposal(stride: 16, selection: selection, isBatched: true),
    Proposal(stride: 8, selection: selection, addsDeltas: true),
    PyramidProposal(strides: [16], selection: selection),
    PyramidProposal(strides: [4, 8, 16, 32, 64], selection: selection),
    BoxNMS(
      overlapThreshold: fp32(0.3), scoreThreshold: fp32(0.01), topK: 400, coordinateColumn: 1, scoreColumn: 0,
      classColumn: 5, backgroundClass: 0, suppressesAcrossClasses: true, inputFormat: .center,
      outputFormat: .corner),
  ]

  /// What other frameworks compute, and MXNet has no operator for.
  static let ofOthers: [any Operator] =
    [
      Convolution(
        geometry: ConvolutionGeometry(
          kernel: [3, 3], stride: [1, 1], dilation: [1, 1], padBegin: [0, 1], padEnd: [1, 1]),
        filters: 6, hasBias: false),
      DeformableConvolution(
        geometry: geometry, deformableGroups: 3, filters: 6, hasBias: false, hasMask: false, border: .zero),
      DeformableConvolution(
        geometry: geometry, deformableGroups: 3, filters: 6, hasBias: false, hasMask: true, border: .closed),
      DeformableConvolution(
        geometry: geometry, filters: 6, hasBias: false, hasMask: false, border: .closed, coordinates: .half),
      DeformableConvolution(
        geometry: geometry, filters: 6, hasBias: false, hasMask: true, border: .zero, offsetOrder: .xy),
      DeformableConvolution(
        geometry: geometry, deformableGroups: 4, filters: 6, hasBias: false, hasMask: true, border: .zero),
      Softmax(axis: 2, span: .trailing), Softmax(axis: 2, hasLabel: true),
      Softmax(axis: 1, temperature: 2, hasLabel: true), Cast(to: .uint16), Flatten(axis: 2),
      ExpandDims(axes: [0, 2]), Pad(.edge, padBegin: [0, 1], padEnd: [0, 1]), Reshape([]),
      Slice(axes: [-2, -1], begin: [0, 0], end: [1, 1]), Split(count: 2, axis: 1, sizes: [3, 4]),
      Squeeze(axes: [0], keepsOneDimension: false), Reduction(.sum, axes: [0], keepsOneDimension: false),
      ArgMax(.max, axis: 1, keepsOneDimension: true, elementType: .int64),
      ArgMax(.max, axis: 1, keepsOneDimension: false),
      ROIPooling(pooledSize: [7, 6], spatialScale: 0.0625, rounding: .toEven),
      PSROIPooling(spatialScale: 0.0625, outputDim: 8, pooledSize: 7, groupSize: 3, rounding: .toEven),
      DeformablePSROIPooling(
        spatialScale: 0.0625, outputDim: 8, groupSize: 7, pooledSize: 7, hasTrans: true, transOrder: .yx),
      ROIAlign(pooledSize: [7, 6], spatialScale: 1, coordinates: .corner, function: .maximum),
      PyramidProposal(strides: [8, 16], selection: selection),
    ] + onnx + deferred

  /// What ONNX alone has an operator for.
  private static let onnx: [any Operator] =
    Comparison.Relation.allCases.map { Comparison($0) }
    + Variadic.Function.allCases.map { Variadic($0, count: 3) }
    + [
      Dropout(rate: 0.5, mask: .kept), Dropout(rate: 0.5, mask: .zeros), Expand([3, 1, 4]),
      Fill([2, 3], start: 1, step: 2, elementType: .int64),
      Fill([2], start: 0.5, elementType: .float32), Gather(axis: -1),
      GridSample(.cubic, padding: .reflection, alignsCorners: true), HardSwish(),
      IndexedMaxPooling(geometry: geometry, convention: .inside, order: .columnMajor),
      LeakyReLU(.prelu, gammaPlacement: .last), Pad(.wrap, padBegin: [0, 0, 1, 2], padEnd: [0, 0, 0, 1]),
      Pad(.constant, padBegin: [0, 0, -1, 2], padEnd: [0, 0, 0, -1]), Reshape([3, 0, 7], allowsZero: true),
      MatrixProduct(transposesLeft: true, hasAddend: true, scale: 0.5, addendScale: 2), MatrixProduct(),
      Resize(.nearest, axes: [2, 3], scales: [2, 1.5], rounding: .halfUp),
      Resize(.linear, axes: [2, 3], sizes: [3, 4], antialiases: true),
      Resize(
        .cubic, axes: [0, 2, 3], sizes: [1, 5, 6], coordinates: .region, aspectRatio: .withinSizes,
        coefficient: -0.5, excludesOutside: true, region: [0, 0.1, 0.2, 1, 0.9, 0.8], extrapolation: 9),
      ROIAlign(
        pooledSize: [3, 4], spatialScale: 0.25, coordinates: .halfPixel, function: .maximumOfWeighted,
        hasBatchIndices: true), ShapeOf(start: 1, end: -1), Where(),
    ]

  /// An ONNX node that waits for shapes; it is made from attributes alone.
  private static let deferred: [any Operator] = {
    let attributes: Attributes = [
      "op": .text("Reshape"), "domain": .text(""), "opset": .integer(13),
      "settings": .list([.text("allowzero i 0")]),
      "inputCount": .integer(2), "outputCount": .integer(1),
    ]
    guard let operation = try? OperatorTable.make("Deferred", attributes) else { return [] }
    return [operation]
  }()
}
