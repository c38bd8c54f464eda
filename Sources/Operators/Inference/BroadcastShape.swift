internal import Graphs

/// The common shape of two that repeat their dimensions of 1, aligned at the last (numpy, "Broadcasting").
///
/// - Parameter input: the second one's name, for errors.
/// - Throws: `OperatorError` where two dimensions differ and neither is 1.
func broadcast(_ left: [Int?], _ right: [Int?], input: String) throws(OperatorError) -> [Int?] {
  var output: [Int?] = []
  let rank = max(left.count, right.count)
  for axis in -rank..<0 {
    // A missing axis is one of 1; what is unknown may still be 1.
    let a = axis + left.count >= 0 ? left[axis + left.count] : 1
    let b = axis + right.count >= 0 ? right[axis + right.count] : 1
    switch (a, b) {
    case (1?, _): output.append(b)
    case (_, 1?): output.append(a)
    case (nil, let known), (let known, nil): output.append(known)
    default:
      guard a == b else {
        throw .input(
          input, found: "shape \(PartialShape(right))",
          expected: "one that fits \(PartialShape(left)) where neither dimension is 1")
      }
      output.append(a)
    }
  }
  return output
}
