package import Tensors

/// What an operator does to each element of its output before it writes it.
///
/// With y the operator's own result and c the element's channel, the output is
/// y·scale[c] + shift[c] + addend, and 0 where that is negative and `rectifies`.
package struct Epilogue<T: Lane>: Sendable {
  /// Of each channel of the output; folded into weights and bias.
  package struct Affine: Sendable {
    let scale: Elements<T>
    let shift: Elements<T>
  }

  package var affine: Affine?
  /// The input, behind the operator's own, whose elements are added; it has the output's shape and layout.
  package var addend: Int?
  package var rectifies: Bool

  package init(affine: Affine? = nil, addend: Int? = nil, rectifies: Bool = false) {
    self.affine = affine
    self.addend = addend
    self.rectifies = rectifies
  }
}

/// An operator whose evaluation heeds its site's epilogue: a product of rows with weights, a filter a channel.
package protocol EpilogueTaking: Operator {
  /// The places of its weights, filters first, and of its bias.
  var weightIndex: Int { get }
  var biasIndex: Int? { get }
}

extension Convolution: EpilogueTaking {
  package var weightIndex: Int { 1 }
  package var biasIndex: Int? { hasBias ? 2 : nil }
}

extension DeformableConvolution: EpilogueTaking {}

extension FullyConnected: EpilogueTaking {
  package var weightIndex: Int { 1 }
  package var biasIndex: Int? { hasBias ? 2 : nil }
}

extension EpilogueTaking {
  /// The product of this site's weights and bias: those in fp32 are packed as they are, whatever it computes in.
  ///
  /// - Parameters:
  ///   - squared: with squares of the weights; of the bias they are given.
  ///   - slicing: by whom the product is asked slice by slice, and finished.
  func product<T: Lane>(
    _ dimensions: BlockedProduct<T>.Dimensions, squared: Bool = false, slicing: GroupSlicing? = nil,
    at site: Site<T>
  ) -> BlockedProduct<T> {
    let weight: BlockedProduct<T>.Weights =
      if let singles = site.singles(weightIndex), site.epilogue.affine == nil, !squared {
        .singles(singles)
      } else {
        .elements(foldedWeight(at: site), squared: squared)
      }
    return BlockedProduct(
      dimensions, weight: weight, .filtersFirst(dimensions), bias: foldedBias(at: site),
      groupsPerStage: slicing?.groups, rectifies: slicing == nil && site.epilogue.rectifies,
      kernels: site.kernels, on: site.threads)
  }

  /// The weights as they are multiplied: each filter times the epilogue's scale of its channel.
  func foldedWeight<T: Lane>(at site: Site<T>) -> Elements<T> {
    let weight = site.parameter(weightIndex)
    guard let scale = site.epilogue.affine?.scale, weight.count > 0 else { return weight }
    let folded = MutableElements<T>(count: weight.count)
    folded.forEachChunk(of: weight.count / scale.count, on: Threads(1)) { start, filter, _ in
      let factor = scale.span[start / filter.count]
      let source = weight.span.extracting(start..<start + filter.count)
      for index in filter.indices { filter[index] = source[index] * factor }
    }
    return folded.elements
  }

  /// What is added to each filter's sum; nil where that is nothing.
  func foldedBias<T: Lane>(at site: Site<T>) -> Elements<T>? {
    let bias = biasIndex.map { site.parameter($0) }
    guard let affine = site.epilogue.affine else { return bias }
    let folded = MutableElements<T>(count: affine.shift.count)
    folded.withSpan { folded in
      for channel in folded.indices {
        let shift = affine.shift.span[channel]
        folded[channel] = bias.map { $0.span[channel] * affine.scale.span[channel] + shift } ?? shift
      }
    }
    return folded.elements
  }
}

extension BatchNorm {
  /// This normalisation as a scale and a shift: γ / √(variance + ε), and β less the mean times that.
  ///
  /// - Parameter parameters: gamma, beta, mean and variance, floating-point numbers of any type.
  package func affine<T: EvaluationLane>(_ parameters: [Tensor], as type: T.Type) -> Epilogue<T>.Affine {
    let held = parameters.map { Elements<T>(T.held($0)) }
    let (beta, mean) = (held[1], held[2])
    let scale = scale(gamma: held[0], variance: held[3])
    let shift = MutableElements<T>(count: scale.count)
    shift.withSpan { shift in
      for channel in shift.indices {
        shift[channel] = beta.span[channel] - mean.span[channel] * scale.span[channel]
      }
    }
    return Epilogue<T>.Affine(scale: scale, shift: shift.elements)
  }
}

extension Evaluation {
  /// What an epilogue adds; no elements where that is nothing.
  func addend(_ index: Int?) -> Elements<T> {
    index.map { input($0) } ?? MutableElements(count: 0).elements
  }
}
