package import Tensors

/// What is known of a value's dimensions before the graph's inputs are: each may be unknown, or even their count.
package struct PartialShape: Hashable, Sendable, CustomStringConvertible {
  /// Nil where the rank is unknown; a nil element is an unknown dimension.
  package var dimensions: [Int?]?

  package init(_ dimensions: [Int?]?) { self.dimensions = dimensions }
  package init(_ shape: Shape) { dimensions = shape.dimensions }

  package static let unknown = PartialShape(nil)

  package var rank: Int? { dimensions?.count }

  /// The shape, where every dimension is known and the product fits.
  package var complete: Shape? {
    guard let dimensions else { return nil }
    let known = dimensions.compactMap { $0 }
    return known.count == dimensions.count ? Shape(checking: known) : nil
  }

  /// The dimension, or nil where it or the rank is unknown.
  package subscript(axis: Int) -> Int? {
    guard let dimensions, dimensions.indices.contains(axis) else { return nil }
    return dimensions[axis]
  }

  /// What both know together; nil where they contradict each other.
  package func merged(with other: PartialShape) -> PartialShape? {
    guard let mine = dimensions else { return other }
    guard let theirs = other.dimensions else { return self }
    guard mine.count == theirs.count else { return nil }
    var merged: [Int?] = []
    for (a, b) in zip(mine, theirs) {
      if let a, let b, a != b { return nil }
      merged.append(a ?? b)
    }
    return PartialShape(merged)
  }

  package var description: String {
    guard let dimensions else { return "[…]" }
    return "[" + dimensions.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + "]"
  }
}

/// What is known of a value before it is computed.
package struct ValueType: Hashable, Sendable, CustomStringConvertible {
  package var elementType: ElementType?
  package var shape: PartialShape

  package init(_ elementType: ElementType?, _ shape: PartialShape) {
    self.elementType = elementType
    self.shape = shape
  }

  package init(_ tensor: Tensor) { self.init(tensor.elementType, PartialShape(tensor.shape)) }

  package static let unknown = ValueType(nil, .unknown)

  package var description: String { (elementType?.rawValue ?? "unknown") + " " + shape.description }
}
