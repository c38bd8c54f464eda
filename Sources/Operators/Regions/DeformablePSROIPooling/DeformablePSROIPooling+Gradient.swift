package import Tensors

extension DeformablePSROIPooling: DifferentiableOperator {
  package var differentiableInputs: [Int] { hasTrans ? [0, 2] : [0] }

  /// The gradients of arXiv:1703.06211 appendix A, as MXNet computes them; the regions have none.
  ///
  /// With g the gradient of a pooled bin and n the samples in its mean, the data's is g/n times the bilinear
  /// weights, added up where the samples were taken. An offset's is γ times the region's size times the inner
  /// product over channels, bins and samples of g/n with the derivative of the bilinear form. That derivative
  /// is 0 along an axis on which a sample is at a whole position: the source reads both neighbours there from
  /// one element. So it is at samples in [−0.5, 0] and [W − 1, W − 0.5], which were moved to the map's rim
  /// (mxnet contrib/deformable_psroi_pooling.cc).
  package func gradientStep<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let gradients = DeformableRegionGradients(
      DeformableRegionGeometry(
        pooling: self, map: RegionMap(site.input(0)),
        trans: hasTrans ? .channelsLast(channels: site.input(2).shape[1], parts: partSize) : nil),
      regions: site.input(1).shape[0], site.kernels)
    let wanted = site.outputs.map { $0 != nil }
    return Step(scratch: gradients.scratch) { [last = inputs.count, hasTrans] evaluation in
      gradients.run(
        DeformableRegionGradients.Operands(
          data: evaluation.input(0), rois: evaluation.input(1),
          trans: hasTrans ? evaluation.input(2) : MutableElements(count: 0).elements,
          outputGradient: evaluation.input(last)),
        data: wanted[0] ? evaluation.output(0) : nil,
        trans: hasTrans && wanted[2] ? evaluation.output(2) : nil, evaluation)
    }
  }
}
