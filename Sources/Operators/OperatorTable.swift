package import Graphs

/// Every operator that dcnconv knows; one line each, and nothing else to register.
package enum OperatorTable {
  package static let all: [any Operator.Type] = [
    Activation.self,
    AddN.self,
    BatchNorm.self,
    Binary.self,
    Concat.self,
    Convolution.self,
    Crop.self,
    Deconvolution.self,
    DeformableConvolution.self,
    DeformablePSROIPooling.self,
    FullyConnected.self,
    Pooling.self,
    Proposal.self,
    PSROIPooling.self,
    PyramidProposal.self,
    PyramidROIPooling.self,
    Reshape.self,
    ROIPooling.self,
    Slice.self,
    SmoothL1.self,
    Softmax.self,
    UpSampling.self,
  ]

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
  private static let byMXNetName: [String: any Operator.Type] = {
    let spellings = all.flatMap { type in type.mxnetNames.map { ($0, type) } }
    return Dictionary(uniqueKeysWithValues: spellings)
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
}

extension Operator {
  fileprivate static func decode(_ attributes: Attributes) throws(OperatorError) -> any Operator {
    try AttributeDecoder.decode(Self.self, from: attributes)
  }
}
