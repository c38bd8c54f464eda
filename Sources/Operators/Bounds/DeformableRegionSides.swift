extension DeformablePSROIPooling: Discontinuous {
  /// Samples within coordinate error of the map's rim count or are passed over.
  package func otherSides(_ operands: BoundOperands) -> any OtherSides {
    DeformableRegionBound(self, operands)
  }
}

extension DeformableRegionBound: OtherSides {
  /// Sets of samples beyond which none is tried.
  private static let maximumChoices = 16

  func terms(of element: Int) -> [SumTerms] { terms(of: element, nil) }

  /// - Parameter coordinates: nil where the producer's positions are known.
  func terms(of element: Int, _ coordinates: CoordinateError?) -> [SumTerms] {
    guard let bin = bin(of: element, coordinates) else { return [] }
    let (rows, columns) = (Self.choices(bin.rows), Self.choices(bin.columns))
    guard (2...Self.maximumChoices).contains(rows.count * columns.count) else { return [] }
    return rows.flatMap { rows in
      columns.map { columns in
        var terms = SumTerms()
        list(bin, rows: rows, columns: columns, into: &terms)
        return terms
      }
    }
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
}
