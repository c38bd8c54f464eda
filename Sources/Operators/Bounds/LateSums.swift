internal import Synchronization

/// Sums of as many products each, which are listed for few elements, if for any: what lists them is made when the first
/// one is asked for.
package final class LateSums: SumBound {
  private let count: Int
  private let make: @Sendable () -> any SumBound
  private let made = Mutex<(any SumBound)?>(nil)

  /// - Parameter count: products of every element's sum.
  package init(count: Int, listing make: @escaping @Sendable () -> any SumBound) {
    self.count = count
    self.make = make
  }

  package func termCount(of element: Int) -> Int { count }

  package func list(_ element: Int, into terms: inout SumTerms) {
    let bound = made.withLock { bound -> any SumBound in
      if let bound { return bound }
      let new = make()
      bound = new
      return new
    }
    bound.list(element, into: &terms)
  }
}
