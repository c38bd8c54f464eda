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

extension Cast: ExactlyEvaluated {}
extension Clip: ExactlyEvaluated {}
extension Concat: ExactlyEvaluated {}
extension Crop: ExactlyEvaluated {}
extension Dropout: ExactlyEvaluated {}
extension ExpandDims: ExactlyEvaluated {}
extension Flatten: ExactlyEvaluated {}
extension Identity: ExactlyEvaluated {}
extension Pad: ExactlyEvaluated {}
extension Reshape: ExactlyEvaluated {}
extension Slice: ExactlyEvaluated {}
extension SliceLike: ExactlyEvaluated {}
extension Split: ExactlyEvaluated {}
extension Squeeze: ExactlyEvaluated {}
extension SwapAxes: ExactlyEvaluated {}
extension Transpose: ExactlyEvaluated {}
// The bins are whole numbers that every framework forms in fp32 alike, and a maximum rounds nothing.
extension ROIPooling: ExactlyEvaluated {}
