/// An operator that selects, moves or compares elements: whatever the framework, its result has no rounding.
package protocol ExactlyEvaluated: Operator {}

extension ExactlyEvaluated {
  package func errorBound(_ operands: BoundOperands) -> ErrorBound { .exact }
}

/// An operator whose rounding nobody has derived yet: its layers are not judged, and say so.
package protocol PendingBound: Operator {}

extension PendingBound {
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    .unknown("no bound of \(name) is known")
  }
}

extension Concat: ExactlyEvaluated {}
extension Crop: ExactlyEvaluated {}
extension Reshape: ExactlyEvaluated {}
extension Slice: ExactlyEvaluated {}
// The bins are whole numbers that every framework forms in fp32 alike, and a maximum rounds nothing.
extension ROIPooling: ExactlyEvaluated {}

extension DeformablePSROIPooling: PendingBound {}
extension Proposal: PendingBound {}
extension PSROIPooling: PendingBound {}
extension PyramidProposal: PendingBound {}
extension PyramidROIPooling: PendingBound {}
extension UpSampling: PendingBound {}
