internal import Graphs
internal import Operators

/// A framework that a probe is written for.
package enum ProbeTarget: String, Sendable, CaseIterable {
  case onnxruntime, mxnet, torch, openvino, ncnn

  /// The operator as the framework has it, in the dialect that it documents.
  ///
  /// - Throws: `ProbeGap` with the reason where it has none.
  func spelled(_ operation: any Operator) throws(ProbeGap) -> any Operator {
    switch operation {
    case is Pooling where self == .ncnn, is ROIAlign where self == .ncnn,
      is Deconvolution where self == .ncnn:
      throw ProbeGap(reason: "the probe's program does not ask ncnn for it")
    case let one as DeformableConvolution: try deformable(one)
    case let one as Pooling: try pooling(one)
    case let one as ROIAlign: try align(one)
    case is ROIPooling, is Convolution, is Deconvolution: operation
    case is PSROIPooling where self == .mxnet || self == .openvino: operation
    case let one as DeformablePSROIPooling where self == .mxnet || self == .openvino:
      try deformableRegions(one)
    case is FullyConnected where self == .mxnet: operation
    default: throw ProbeGap(reason: "\(rawValue) has no \(operation.name)")
    }
  }

  private func deformable(_ one: DeformableConvolution) throws(ProbeGap) -> DeformableConvolution {
    if self == .ncnn, one.groups > 1 || one.deformableGroups > 1 {
      throw ProbeGap(reason: "ncnn's operator has neither groups nor deformable groups")
    }
    let zeroBordersOnly = self == .onnxruntime || self == .torch || self == .ncnn
    if zeroBordersOnly, one.border == .closed {
      throw ProbeGap(reason: "\(rawValue) has the zero border alone: export rewrites the closed one")
    }
    if self == .mxnet, (one.border == .zero) != one.hasMask {
      throw ProbeGap(reason: "mxnet has the zero border with a mask and the closed one without")
    }
    if self == .openvino, one.hasBias { throw ProbeGap(reason: "openvino's operator takes no bias") }
    if self != .onnxruntime, self != .openvino, one.geometry.padBegin != one.geometry.padEnd {
      throw ProbeGap(reason: "\(rawValue) pads alike before and behind")
    }
    return one
  }

  private func pooling(_ one: Pooling) throws(ProbeGap) -> Pooling {
    guard one.function == .max || one.function == .average else {
      throw ProbeGap(reason: "\(rawValue) has no pooling by \(one.function.rawValue)")
    }
    if self != .mxnet, one.isGlobal || one.convention == .same || one.divisor == .kernel {
      throw ProbeGap(reason: "the probe's program does not ask \(rawValue) for this pooling")
    }
    if self != .mxnet, one.convention == .full {
      throw ProbeGap(reason: "\(rawValue) leaves out windows that start behind the map")
    }
    return one
  }

  private func align(_ one: ROIAlign) throws(ProbeGap) -> ROIAlign {
    guard !one.isPositionSensitive, one.function == .average else {
      throw ProbeGap(reason: "the probe's program does not ask \(rawValue) for this RoI align")
    }
    return one
  }

  private func deformableRegions(_ one: DeformablePSROIPooling) throws(ProbeGap) -> DeformablePSROIPooling {
    if self == .openvino, one.pooledSize != one.groupSize {
      throw ProbeGap(reason: "openvino pools as many bins as there are groups")
    }
    return one
  }
}

/// Why a framework is not asked for an operator.
struct ProbeGap: Error {
  let reason: String
}
