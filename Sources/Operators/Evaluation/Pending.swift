// Operators that are read, checked and written, and refuse to run; the line goes when the evaluation comes.
extension Concat: PendingEvaluation {}
extension Crop: PendingEvaluation {}
extension Proposal: PendingEvaluation {}
extension PyramidProposal: PendingEvaluation {}
extension PyramidROIPooling: PendingEvaluation {}
extension Reshape: PendingEvaluation {}
extension Slice: PendingEvaluation {}
extension SmoothL1: PendingEvaluation {}
extension Softmax: PendingEvaluation {}
extension UpSampling: PendingEvaluation {}
