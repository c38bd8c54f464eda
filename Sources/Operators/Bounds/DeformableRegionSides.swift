internal import Tensors

extension DeformablePSROIPooling: Discontinuous {
  /// Samples within coordinate error of the map's rim count or are passed over.
  package func otherSides(_ operands: BoundOperands) -> any OtherSides {
    DeformableRegionBound(self, operands)
  }
}

extension DeformableRegionBound: OtherSides {
  /// Sets of samples beyond which none is tried.
  private static let maximumChoices = 16

  func terms(of element: Int) -> [SumTerms] {
    let place = output.position(of: element)
    let region = RegionOfInterest(rois.span, row: place[0], images: input[0])
    guard let image = region.image else { return [] }
    let shift = shift(of: place)
    let rows = Self.choices(samples(axis(region.y1, region.y2), place[2], shift.y, size: input[2]))
    let columns = Self.choices(samples(axis(region.x1, region.x2), place[3], shift.x, size: input[3]))
    guard (2...Self.maximumChoices).contains(rows.count * columns.count) else { return [] }
    let channel = positionSensitiveChannel(place, bins: pooling.pooledSize, groups: pooling.groupSize)
    return rows.flatMap { row in columns.map { mean(image * input[1] + channel, row, $0) } }
  }

  /// Every set of positions along an axis that coordinate error allows; empty where there are too many.
  private static func choices(_ samples: [AxisSample]) -> [[Float]] {
    var choices: [[Float]] = [[]]
    for sample in samples {
      if sample.isInDoubt {
        guard choices.count < maximumChoices else { return [] }
        choices = choices.flatMap { [$0, $0 + [sample.position]] }
      } else if sample.counts {
        choices = choices.map { $0 + [sample.position] }
      }
    }
    return choices
  }

  private func mean(_ plane: Int, _ rows: [Float], _ columns: [Float]) -> SumTerms {
    var terms = SumTerms()
    let first = plane * input[2] * input[3]
    for y in rows {
      for x in columns {
        guard
          let sample = BilinearSample(
            y: Double(y), x: Double(x), height: input[2], width: input[3], border: .closed)
        else { continue }
        let (value, size) = sample.read { data.span[first + $0] }
        terms.products.append(value)
        terms.priorVariance += size * size * 7 / 3
        terms.priorBound += 8 * size
      }
    }
    terms.divisor = Double(max(1, terms.products.count))
    return terms
  }
}
