internal import Tensors

extension ROIAlign {
  /// The mean of k bilinear samples: σ² = (σ_A²(sum) + 7/3·u²·ΣA²)/k² + u²·y²/3, at positions in fp32 in the source's
  /// order; the largest of weighted neighbours is two products of weights and one by an element.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    switch function {
    case .average: break
    case .maximumOfWeighted: return .relative(operands, sigma: 1, hard: 4)
    case .maximum: return .unknown("no bound of the largest sample is known")
    }
    let input = operands.input(0)
    let (data, shape, output) = (Elements<Double>(input.widened), input.shape, operands.outputShape)
    guard let rois = rois(operands) else { return .unknown("the numbers of its images are none") }
    let align = self
    return .sums(
      GatheredSums(count: max(1, samplingRatio * samplingRatio)) { element, terms in
        let place = output.position(of: element)
        let region = RegionOfInterest(rois.span, row: place[0], images: shape[0])
        guard let image = region.image, let down = align.axis(region.y1, region.y2, 0),
          let across = align.axis(region.x1, region.x2, 1)
        else { return }
        let channel =
          align.isPositionSensitive
          ? (place[1] * align.pooledSize[0] + place[2]) * align.pooledSize[1] + place[3] : place[1]
        let plane = (image * shape[1] + channel) * shape[2] * shape[3]
        for y in down.positions(place[2], size: shape[2]) {
          for x in across.positions(place[3], size: shape[3]) {
            guard
              let sample = BilinearSample(
                y: Double(y), x: Double(x), height: shape[2], width: shape[3], border: .closed)
            else { continue }
            let (value, size) = sample.read { data.span[plane + $0] }
            terms.products.append(value)
            terms.priorVariance += size * size * 7 / 3
            terms.priorBound += 8 * size
          }
        }
        terms.divisor = Double(max(1, down.samples * across.samples))
      })
  }

  /// Regions `[R, 5]`.
  private func rois(_ operands: BoundOperands) -> Elements<Float>? {
    let rois = Elements<Float>(operands.input(1).narrowed)
    guard hasBatchIndices else { return rois }
    return operands.input(2).wholeNumbers.map { numbered(rois, images: $0) }
  }
}
