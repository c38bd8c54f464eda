internal import Bytes
package import Graphs

/// Every so many elements along some axes, as numpy slices: ends are cut to the tensor, negative ones count from
/// its end (mxnet tensor/matrix_op-inl.h, ONNX Slice-13).
package struct Slice: Operator {
  package static let name = "Slice"

  /// The sliced axes; negative from the end.
  package var axes: [Int]
  /// The first element along each axis; `Int.max` for the last one of a backward step.
  package var begin: [Int]
  /// The element behind the last; `Int.max`, or `Int.min` for a backward step, for all that remain.
  package var end: [Int]
  /// From one element to the next; negative for backward.
  package var step: [Int]

  package init(axes: [Int], begin: [Int], end: [Int], step: [Int]? = nil) {
    self.axes = axes
    self.begin = begin
    self.end = end
    self.step = step ?? axes.map { _ in 1 }
  }

  package var inputs: [InputName] { [InputName("data")] }

  /// The first element and the count along the `index`-th sliced axis of `size` elements.
  package func range(_ index: Int, of size: Int) -> (first: Int, count: Int) {
    let step = step[index]
    // No sum overflows: one side is negative, the other not.
    let first = begin[index] < 0 ? begin[index] + size : begin[index]
    let behind = end[index] < 0 ? end[index] + size : end[index]
    if step > 0 {
      let (low, high) = (min(max(first, 0), size), min(max(behind, 0), size))
      return (low, high > low ? (high - low - 1) / step + 1 : 0)
    }
    let (high, low) = (min(max(first, -1), size - 1), min(max(behind, -1), size - 1))
    return (max(high, 0), high > low ? (high - low - 1) / -step + 1 : 0)
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let axisRange = -Limits.dimensions...Limits.dimensions - 1
    try requireAttribute("axes", axes, count: min(axes.count, Limits.dimensions), in: axisRange)
    for (name, list) in [("begin", begin), ("end", end), ("step", step)] where list.count != axes.count {
      throw .attribute(name, found: "\(list)", expected: "a number for each of the axes \(axes)")
    }
    for number in step where number == 0 || number.magnitude > UInt(Int32.max) {
      throw .attribute("step", found: "\(step)", expected: "32-bit numbers other than 0")
    }
    guard var output = inputs.shape(0).dimensions else { return [ValueType(inputs.elementType(0), .unknown)] }
    var seen: Set<Int> = []
    for (index, axis) in axes.enumerated() {
      let axis = try resolveAxis(axis, rank: output.count, attribute: "axes")
      guard seen.insert(axis).inserted else {
        throw .attribute("axes", found: "\(axes)", expected: "each axis once")
      }
      output[axis] = output[axis].map { range(index, of: $0).count }
    }
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }
}
