/// An operator that ONNX has no name for: it is read from other formats, and written by rewriting it into others.
package protocol ForeignToONNX: Operator {}

extension ForeignToONNX {
  package static var onnx: ONNXDialect<Self>? { nil }
}

extension BilinearResize: ForeignToONNX {}
extension BoxNMS: ForeignToONNX {}
extension Crop: ForeignToONNX {}
extension Deferred: ForeignToONNX {}
extension DeformablePSROIPooling: ForeignToONNX {}
extension L2Normalization: ForeignToONNX {}
extension Proposal: ForeignToONNX {}
extension PSROIPooling: ForeignToONNX {}
extension PyramidProposal: ForeignToONNX {}
extension PyramidROIPooling: ForeignToONNX {}
extension SliceLike: ForeignToONNX {}
extension SmoothL1: ForeignToONNX {}
extension SwapAxes: ForeignToONNX {}
extension UpSampling: ForeignToONNX {}
