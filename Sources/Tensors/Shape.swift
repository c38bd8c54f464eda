internal import Bytes

/// The dimensions of a tensor, outermost first; their product always fits.
package struct Shape: Hashable, Sendable, CustomStringConvertible, ExpressibleByArrayLiteral {
  package let dimensions: [Int]
  /// Elements: 1 for a scalar, 0 where a dimension is 0.
  package let count: Int

  /// Nil where a dimension is negative or the product does not fit.
  package init?(checking dimensions: [Int]) {
    var count = 1
    // A zero dimension may not hide an overflow of the others: readers would disagree about such a shape.
    for dimension in dimensions {
      guard dimension >= 0, let product = count.timesChecked(max(dimension, 1)) else { return nil }
      count = product
    }
    self.dimensions = dimensions
    self.count = dimensions.contains(0) ? 0 : count
  }

  /// - Precondition: no dimension is negative and the product fits.
  package init(_ dimensions: [Int]) {
    guard let shape = Shape(checking: dimensions) else {
      preconditionFailure("\(dimensions) is no shape")
    }
    self = shape
  }

  package init(arrayLiteral dimensions: Int...) { self.init(dimensions) }

  package var rank: Int { dimensions.count }

  package subscript(axis: Int) -> Int { dimensions[axis] }

  package var description: String {
    "[" + dimensions.map(String.init).joined(separator: ", ") + "]"
  }

  /// The place along each axis of an element counted in row-major order.
  package func position(of element: Int) -> [Int] {
    var rest = element
    var position = Array(repeating: 0, count: rank)
    for axis in dimensions.indices.reversed() {
      position[axis] = rest % dimensions[axis]
      rest /= dimensions[axis]
    }
    return position
  }
}
