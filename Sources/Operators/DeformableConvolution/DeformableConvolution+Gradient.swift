package import Tensors

extension DeformableConvolution: DifferentiableOperator {
  package var differentiableInputs: [Int] { Array(inputs.indices) }

  /// The gradients of arXiv:1703.06211 appendix A, as MXNet computes them.
  ///
  /// With g the gradient of the output `[N, M, Ho, Wo]`, the gathered columns' is c = Wᵀ·g. The data's gradient
  /// is c times the bilinear weights and the mask, added up where the samples were taken; an offset's is the
  /// inner product over the group's channels of c·mask with the derivative of the bilinear form; the mask's that
  /// of c with the samples; the weight's is g·columnsᵀ, the bias's the sum of g.
  ///
  /// The derivative is the frameworks', which is not everywhere the mathematical one: at a whole position it is
  /// the one towards the next element; it is 0 for samples that do not count, NaN and infinite ones too, though
  /// the value jumps at the closed border; and 0 in [H − 1, H), where the closed border repeats the last row
  /// (mxnet contrib/nn/deformable_im2col.h, modulated_deformable_im2col.cuh). torchvision's is another at
  /// positions of exactly −1 alone. A position rounded to fp16 is differentiated as if it were not. Backwards
  /// all sources form positions as fl32(base + offset), also where the forward pass is `.relative`
  /// (mxnet contrib/nn/deformable_im2col.cuh).
  package func gradientStep<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let last = inputs.count
    let windows = try WindowGeometry(geometry, input: site.input(0).shape, output: site.input(last).shape)
    let images = site.input(0).shape[0]
    let wanted = site.outputs.map { $0 != nil }
    let samples =
      wanted[0] || wanted[1] || maskIndex.map { wanted[$0] } == true
      ? SampleGradients(self, windows, images: images, weight: site.parameter(weightIndex), site.kernels)
      : nil
    let weights =
      wanted[weightIndex] ? WeightGradient(self, windows, images: images, site.kernels) : nil
    let (weightIndex, biasIndex, maskIndex) = (weightIndex, biasIndex, maskIndex)
    return Step(scratch: max(samples?.scratch ?? 0, weights?.scratch ?? 0)) { evaluation in
      let operands = SampledOperands(
        data: evaluation.input(0), offset: evaluation.input(1),
        mask: maskIndex.map { evaluation.input($0) } ?? MutableElements(count: 0).elements,
        outputGradient: evaluation.input(last))
      samples?.run(
        operands,
        SampleGradients.Results(
          data: wanted[0] ? evaluation.output(0) : nil, offset: wanted[1] ? evaluation.output(1) : nil,
          mask: maskIndex.flatMap { wanted[$0] ? evaluation.output($0) : nil }), evaluation)
      weights?.run(operands, into: evaluation.output(weightIndex), evaluation)
      if let biasIndex, wanted[biasIndex] {
        evaluation.output(biasIndex).sumRows(of: operands.outputGradient, on: evaluation.threads)
      }
    }
  }
}

/// What the gradients of a deformable convolution are computed from; maps are channels-last.
struct SampledOperands<T: Lane>: Sendable {
  let data: Elements<T>
  let offset: Elements<T>
  /// Empty where there is none.
  let mask: Elements<T>
  let outputGradient: Elements<T>
}

extension MutableElements where T: Lane {
  /// Writes the sums of a matrix's columns, of which there are as many as elements; rows are added in order.
  fileprivate func sumRows(of matrix: Elements<T>, on threads: Threads) {
    let columns = count
    forEachChunk(of: 64, on: threads) { start, sums, _ in
      sums.update(repeating: 0)
      let matrix = matrix.span
      for row in 0..<(matrix.count / columns) {
        let row = matrix.extracting(row * columns + start..<row * columns + start + sums.count)
        for column in sums.indices { sums[column] += row[column] }
      }
    }
  }
}
