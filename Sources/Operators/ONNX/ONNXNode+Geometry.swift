internal import Graphs

extension ONNXNode {
  /// How `auto_pad` says where zeros go.
  enum AutomaticPadding: Sendable {
    case none, valid, sameUpper, sameLower
  }

  /// `kernel_shape`, `strides`, `dilations`, `pads` and `auto_pad` of a window that slides over input 0.
  ///
  /// - Parameters:
  ///   - weight: the input whose last dimensions are the kernel, where the attribute is missing.
  ///   - automatic: whether the operator has `auto_pad`.
  /// - Throws: `OperatorError` where a list is malformed or of another length than the kernel, or kernel or padding
  ///   depend on sizes that are not known yet.
  mutating func geometry(
    weight: Int? = nil, automatic: Bool = true
  ) throws(OperatorError) -> ConvolutionGeometry {
    let kernel = try kernel(weight: weight)
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

  /// - Throws: `OperatorError` where `auto_pad` is another word.
  mutating func automaticPadding() throws(OperatorError) -> AutomaticPadding {
    try word(
      "auto_pad",
      ["NOTSET": .none, "VALID": .valid, "SAME_UPPER": .sameUpper, "SAME_LOWER": .sameLower],
      default: "NOTSET")
  }

  private mutating func kernel(weight: Int?) throws(OperatorError) -> [Int] {
    if let kernel = try optionalIntegers("kernel_shape") { return kernel }
    guard let weight else { return try integers("kernel_shape") }
    var kernel: [Int] = []
    for axis in 2..<max(try rank(weight), 2) { kernel.append(try dimension(axis, of: weight)) }
    return kernel
  }

  /// The geometry with the zeros that make the output ceil(size / stride) elements; an odd one goes behind the
  /// map in `SAME_UPPER`, before it in `SAME_LOWER` (ONNX Conv-11).
  private func padded(
    _ geometry: ConvolutionGeometry, _ padding: AutomaticPadding
  ) throws(OperatorError) -> ConvolutionGeometry {
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
        let rest = try dimension(2 + axis, of: 0) % stride
        surplus = max(geometry.extent(axis) - (rest == 0 ? stride : rest), 0)
      }
      geometry.padBegin[axis] = isUpper ? surplus / 2 : surplus - surplus / 2
      geometry.padEnd[axis] = surplus - geometry.padBegin[axis]
    }
    return geometry
  }
}
