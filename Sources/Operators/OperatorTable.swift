package import Graphs

/// Every operator that dcnconv knows; one line each, and nothing else to register.
package enum OperatorTable {
  package static let all: [any Operator.Type] = [
    Activation.self,
    AddN.self,
    ArgMax.self,
    BatchNorm.self,
    BilinearResize.self,
    Binary.self,
    BoxNMS.self,
    Cast.self,
    Clip.self,
    Comparison.self,
    Concat.self,
    Convolution.self,
    Crop.self,
    Deconvolution.self,
    Deferred.self,
    DeformableConvolution.self,
    DeformablePSROIPooling.self,
    Dropout.self,
    Expand.self,
    ExpandDims.self,
    Fill.self,
    Flatten.self,
    FullyConnected.self,
    Gather.self,
    GridSample.self,
    HardSigmoid.self,
    HardSwish.self,
    Identity.self,
    IndexedMaxPooling.self,
    L2Normalization.self,
    LeakyReLU.self,
    LRN.self,
    MatrixProduct.self,
    Pad.self,
    Pooling.self,
    Proposal.self,
    PSROIPooling.self,
    PyramidProposal.self,
    PyramidROIPooling.self,
    Reduction.self,
    Reshape.self,
    Resize.self,
    ROIAlign.self,
    ROIPooling.self,
    ScalarArithmetic.self,
    ShapeOf.self,
    Slice.self,
    SliceLike.self,
    SmoothL1.self,
    Softmax.self,
    Split.self,
    Squeeze.self,
    SwapAxes.self,
    Transpose.self,
    Unary.self,
    UpSampling.self,
    Variadic.self,
    Where.self,
  ]

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
  private static let byMXNetName: [String: any Operator.Type] = {
    let spellings = all.flatMap { type in type.mxnetNames.map { ($0, type) } }
    return Dictionary(uniqueKeysWithValues: spellings)
  }()

  /// By name without the domain; one name may stand for several operators.
  private static let byONNXName: [String: [any Operator.Type]] = {
    var table: [String: [any Operator.Type]] = [:]
    for type in all {
      for op in Set(type.onnxNames.map(\.op)) { table[op, default: []].append(type) }
    }
    return table
  }()

  /// The operator from its neutral name and attributes, as a pack holds them; nil where nobody knows it.
  ///
  /// - Throws: `OperatorError` where the attributes are not the operator's.
  package static func make(_ name: String, _ attributes: Attributes) throws(OperatorError) -> (any Operator)?
  {
    guard let type = byName[name] else { return nil }
    return try type.decode(attributes)
  }

  /// The operator that MXNet calls so (`Custom:proposal` for a `Custom` one); nil where nobody knows it.
  package static func mxnet(_ name: String) -> (any Operator.Type)? { byMXNetName[name] }

  /// What an ONNX node computes; nil where nobody knows it.
  ///
  /// Where that depends on shapes or values which are not known yet, a `Deferred` operator.
  ///
  /// - Throws: `OperatorError` where the node is not what its operator set says, or the set lacks it.
  package static func read(onnx node: ONNXNode) throws(OperatorError) -> ONNXReading? {
    if node.domain == ONNXCustomForm.domain { return try ONNXCustomForm.read(node) }
    let types = byONNXName[node.op] ?? []
    let names = types.flatMap { $0.onnxNames }.filter { $0.op == node.op && $0.domain == node.domain }
    guard let oldest = names.map(\.versions.lowerBound).min() else { return nil }
    guard node.version >= oldest else {
      throw OperatorError(
        "operator", found: "\(node.op) in operator set \(node.version)",
        expected: "operator set \(oldest), which brought it, or a later one")
    }
    var isUndetermined = false
    for type in types {
      let isCandidate = type.onnxNames.contains {
        $0.op == node.op && $0.domain == node.domain && $0.versions.contains(node.version)
      }
      guard isCandidate else { continue }
      do { if let reading = try type.read(onnx: node) { return reading } } catch {
        guard error.isUndetermined else { throw error }
        isUndetermined = true
      }
    }
    return isUndetermined ? Deferred(node).map { ONNXReading($0) } : nil
  }
}

extension Operator {
  fileprivate static func decode(_ attributes: Attributes) throws(OperatorError) -> any Operator {
    try AttributeDecoder.decode(Self.self, from: attributes)
  }
}
