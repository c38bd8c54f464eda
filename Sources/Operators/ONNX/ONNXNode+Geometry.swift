internal import Graphs

extension ONNXNode {
  /// How `auto_pad` says where zeros go.
  package enum AutomaticPadding: Sendable {
    case none, valid, sameUpper, sameLower
  }

  /// `kernel_shape`, `strides`, `dilations`, `pads` and `auto_pad` of a window that slides over input 0.
  ///
  /// - Parameters:
  ///   - weight: the input whose last dimensions are the kernel, where the attribute is missing.
  ///   - automatic: whether the operator has `auto_pad`.
  /// - Returns: nil where kernel or padding depend on sizes that are not known.
  /// - Throws: `OperatorError` where a list is malformed or of another length than the kernel.
  package mutating func geometry(
    weight: Int? = nil, automatic: Bool = true
  ) throws(OperatorError) -> ConvolutionGeometry? {
    guard let kernel = try kernel(weight: weight) else { return nil }
    let rank = kernel.count
    let pads = try optionalIntegers("pads")
    let padding = automatic ? try automaticPadding() : .none
    var geometry = ConvolutionGeometry(
      kernel: kernel, stride: try integers("strides", default: Array(repeating: 1, count: rank)),
      dilation: try integers("dilations", default: Array(repeating: 1, count: rank)),
      padBegin: Array(repeating: 0, count: rank), padEnd: Array(repeating: 0, count: rank))
    if case .none = padding, let pads {
      guard pads.count == 2 * rank else {
        throw .attribute("pads", found: "\(pads)", expected: "\(2 * rank) numbers: all begins, then all ends")
      }
      geometry.padBegin = Array(pads[..<rank])
      geometry.padEnd = Array(pads[rank...])
    }
    try geometry.validate()
    return try padded(geometry, padding)
  }

  private mutating func automaticPadding() throws(OperatorError) -> AutomaticPadding {
    try word(
      "auto_pad",
      ["NOTSET": .none, "VALID": .valid, "SAME_UPPER": .sameUpper, "SAME_LOWER": .sameLower],
      default: "NOTSET")
  }

  private mutating func kernel(weight: Int?) throws(OperatorError) -> [Int]? {
    if let kernel = try optionalIntegers("kernel_shape") { return kernel }
    guard let weight else { return try integers("kernel_shape") }
    guard let dimensions = shape(weight).dimensions else { return nil }
    let kernel = dimensions.dropFirst(2).compactMap { $0 }
    return kernel.count == dimensions.count - 2 ? kernel : nil
  }

  /// The geometry with the zeros that make the output ceil(size / stride) elements; an odd one goes behind the
  /// map in `SAME_UPPER`, before it in `SAME_LOWER` (ONNX Conv-11).
  private func padded(
    _ geometry: ConvolutionGeometry, _ padding: AutomaticPadding
  ) throws(OperatorError) -> ConvolutionGeometry? {
    let isUpper: Bool
    switch padding {
    case .none, .valid: return geometry
    case .sameUpper: isUpper = true
    case .sameLower: isUpper = false
    }
    var geometry = geometry
    for axis in 0..<geometry.rank {
      let surplus: Int
      let stride = geometry.stride[axis]
      if stride == 1 {
        surplus = geometry.extent(axis) - 1
      } else {
        guard let size = shape(0)[2 + axis] else { return nil }
        let rest = size % stride
        surplus = max(geometry.extent(axis) - (rest == 0 ? stride : rest), 0)
      }
      geometry.padBegin[axis] = isUpper ? surplus / 2 : surplus - surplus / 2
      geometry.padEnd[axis] = surplus - geometry.padBegin[axis]
    }
    return geometry
  }
}
