extension ONNXNode {
  /// The axes of an operator that took them as an attribute once, and as input 1 later; nil where they are left out.
  ///
  /// The node's other input is the data, which alone remains.
  ///
  /// - Parameter version: the operator set that made them an input.
  /// - Throws: `OperatorError` where they are no list of integers, or not known yet.
  mutating func axes(inputSince version: Int) throws(OperatorError) -> [Int]? {
    guard self.version >= version else {
      try requireInputs(1)
      return try optionalIntegers("axes")
    }
    try requireInputs(1, optional: 1)
    let axes = try integers(ofInput: 1)
    take([0])
    return axes
  }
}
