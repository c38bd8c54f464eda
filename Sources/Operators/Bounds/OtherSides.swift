/// An operator whose result jumps where a coordinate crosses an edge.
package protocol Discontinuous: Operator {
  func otherSides(_ operands: BoundOperands) -> any OtherSides
}

/// What elements are where a decision that lies within coordinate error falls the other way.
package protocol OtherSides: Sendable {
  /// The element's sum for each other outcome; empty where every decision is clear.
  ///
  /// At most a few: with more decisions in doubt, some combination would fit anything, and none is given.
  func terms(of element: Int) -> [SumTerms]
}

/// Other sides that a closure gives.
struct GatheredSides: OtherSides {
  let gather: @Sendable (Int) -> [SumTerms]

  func terms(of element: Int) -> [SumTerms] { gather(element) }
}

/// u of fp32, in which positions and bins are computed.
let coordinateRoundoff: Float = 0x1p-24
