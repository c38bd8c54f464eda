package import Graphs
internal import OrderedCollections

/// With which known computation a layer's recorded numbers agree.
package struct LayerDialect: Sendable {
  package enum Decision: String, Sendable, CaseIterable {
    /// The declared computation, and no other that inputs could tell from it.
    case declared
    /// Another computation alone, or two faults at once.
    case other
    /// Several agree equally well on this trace.
    case undecided
    /// None that is known.
    case unexplained
    case notJudged = "not judged"
  }

  /// A computation, and how well the numbers fit it.
  package struct Candidate: Sendable, Hashable {
    /// Nil for the declared one.
    package let cause: String?
    package let remedy: String?
    /// The largest error in standard deviations; at least that large where it is refuted.
    package let ratio: Double
    package let isRefuted: Bool
  }

  package let name: String
  package let operatorName: String
  package let isDeformable: Bool
  package let attributes: Attributes
  package var decision: Decision
  /// Why it could not be judged; empty where it was.
  package var reason: String
  /// The computations that explain the numbers equally well, the declared one first; none where none does.
  package var best: [Candidate] = []
  /// The best of the others.
  package var next: Candidate?
  /// Computations that were tried one by one.
  package var tried = 0
  /// Whether a place or a number that was read off the errors says more.
  package var diagnosis: String?

  /// The attributes that say which of several computations is meant: `border closed, coordinates absolute`.
  package var dialect: String {
    attributes.compactMap { name, value in
      switch value {
      case .text(let text): "\(name) \(text)"
      case .boolean(let flag) where !name.hasPrefix("has"): "\(name) \(flag)"
      default: nil
      }
    }.joined(separator: ", ")
  }
}

extension LayerDialect.Candidate {
  /// What it is, for people.
  package var title: String { cause ?? "as declared" }
}
