package import Operators

/// Codes that ONNX does not have become arithmetic of the data's dimensions.
///
/// MXNet's 0 takes the dimension at its place among the codes that pass over one, as ONNX's does; −2 to −4, and codes
/// that are matched from the end, need the rank.
extension Reshape: ONNXLowering {
  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    guard reversed || shape.contains(where: { $0 < -1 }) else { return nil }
    let data = node.input(0)
    let rank = try node.rank(0)
    var place = 0
    func take() -> Wire {
      let axis = reversed ? rank - 1 - place : place
      place += 1
      return c.size(data, axis)
    }
    var parts: [Wire] = []
    var index = 0
    let codes = reversed ? shape.reversed() : shape
    while index < codes.count {
      switch codes[index] {
      case 0: parts.append(take())
      case -2: while place < rank { parts.append(take()) }
      case -3: parts.append(c.multiply(take(), take()))
      case -4:
        let whole = take()
        let pair = Array(codes[(index + 1)...(index + 2)])
        parts += pair.indices.map { side in
          pair[side] > 0 ? c.integers([pair[side]]) : c.divide(whole, c.integers([pair[1 - side]]))
        }
        index += 2
      default:
        parts.append(c.integers([codes[index]]))
        place += 1
      }
      index += 1
    }
    guard !parts.isEmpty else { return nil }
    return [c.reshape(data, to: c.join(reversed ? parts.reversed() : parts, 0))]
  }
}

/// Into `Transpose`.
extension SwapAxes: ONNXLowering {
  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    let rank = try node.rank(0)
    var axes = Array(0..<rank)
    axes.swapAt(first < 0 ? first + rank : first, second < 0 ? second + rank : second)
    return [c.transpose(node.input(0), axes)]
  }
}
