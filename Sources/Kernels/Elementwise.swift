internal import Tensors

extension VectorKernels {
  package func combine(
    _ function: BinaryFunction, _ a: Span<Element>, _ b: Span<Element>, into y: inout MutableSpan<Element>,
    _ range: Range<Int>
  ) {
    precondition(
      (a.count == 1 || a.count >= range.count) && (b.count == 1 || b.count >= range.count)
        && range.lowerBound >= 0 && range.upperBound <= y.count,
      "\(a.count) and \(b.count) elements for \(range) of \(y.count)")
    // One loop a function: the choice stays outside.
    switch function {
    case .add: apply(a, b, into: &y, range, vector: { $0 + $1 }, scalar: { $0 + $1 })
    case .subtract: apply(a, b, into: &y, range, vector: { $0 - $1 }, scalar: { $0 - $1 })
    case .multiply: apply(a, b, into: &y, range, vector: { $0 * $1 }, scalar: { $0 * $1 })
    case .divide: apply(a, b, into: &y, range, vector: { $0 / $1 }, scalar: { $0 / $1 })
    case .maximum:
      // The left one where it is larger or NaN, else the right one: NaN of either side stays.
      apply(
        a, b, into: &y, range, vector: { Element.maximum($0, $1) },
        scalar: { $0 > $1 || $0.isNaN ? $0 : $1 })
    case .minimum:
      apply(
        a, b, into: &y, range, vector: { Element.minimum($0, $1) },
        scalar: { $0 < $1 || $0.isNaN ? $0 : $1 })
    }
  }

  @inline(__always)
  private func apply(
    _ a: Span<Element>, _ b: Span<Element>, into y: inout MutableSpan<Element>, _ range: Range<Int>,
    vector: (Element.Vector, Element.Vector) -> Element.Vector, scalar: (Element, Element) -> Element
  ) {
    let count = range.count
    let width = Element.vectorWidth
    let (stepA, stepB) = (a.count > 1 ? 1 : 0, b.count > 1 ? 1 : 0)
    guard count > 0 else { return }
    // SAFETY: each side is a single element or as long as the result, as `combine` has checked.
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe y.withUnsafeMutableBufferPointer { y in
          guard let a = a.baseAddress, let b = b.baseAddress, let base = y.baseAddress else {
            return
          }
          let y = unsafe base + range.lowerBound
          let repeatedA = unsafe Element.Vector(repeating: a[0])
          let repeatedB = unsafe Element.Vector(repeating: b[0])
          var index = 0
          while index &+ width <= count {
            let left = stepA == 1 ? unsafe load(a + index) : repeatedA
            let right = stepB == 1 ? unsafe load(b + index) : repeatedB
            unsafe store(vector(left, right), y + index)
            index &+= width
          }
          while index < count {
            unsafe y[index] = scalar(a[index &* stepA], b[index &* stepB])
            index &+= 1
          }
        }
      }
    }
  }

  package func rectify(_ x: Span<Element>, into y: inout MutableSpan<Element>) {
    precondition(x.count >= y.count, "\(x.count) elements for \(y.count)")
    let width = Element.vectorWidth
    let count = y.count
    // SAFETY: both spans have `count` elements, as just checked.
    unsafe x.withUnsafeBufferPointer { x in
      unsafe y.withUnsafeMutableBufferPointer { y in
        guard let x = x.baseAddress, let y = y.baseAddress else { return }
        var index = 0
        while index &+ width <= count {
          unsafe store(Element.rectified(load(x + index)), y + index)
          index &+= width
        }
        while index < count {
          unsafe y[index] = x[index] <= 0 ? 0 : x[index]
          index &+= 1
        }
      }
    }
  }

  package func normalize(
    _ x: Span<Element>, center: Span<Element>, scale: Span<Element>, shift: Span<Element>,
    into y: inout MutableSpan<Element>
  ) {
    let columns = center.count
    precondition(
      columns >= 1 && scale.count == columns && shift.count == columns && x.count >= y.count
        && y.count % columns == 0, "\(columns) columns, \(x.count) elements for \(y.count)")
    var row = 0
    if columns == 1 {
      let (center, scale, shift) = (center[0], scale[0], shift[0])
      for index in y.indices { y[index] = (x[index] - center) * scale + shift }
      return
    }
    // SAFETY: rows of `columns` elements lie in both spans, as just checked.
    unsafe x.withUnsafeBufferPointer { x in
      unsafe y.withUnsafeMutableBufferPointer { y in
        while row < y.count {
          for column in 0..<columns {
            let value = unsafe x[row &+ column] - center[unchecked: column]
            unsafe y[row &+ column] = value * scale[unchecked: column] + shift[unchecked: column]
          }
          row &+= columns
        }
      }
    }
  }
}
