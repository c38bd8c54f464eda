internal import OrderedCollections

extension MXNetAttributes {
  /// `kernel`, `stride`, `dilate` and `pad` of a convolution; an empty tuple means the default.
  ///
  /// - Throws: `OperatorError` where a tuple is malformed or of another length than the kernel.
  package mutating func geometry() throws(OperatorError) -> ConvolutionGeometry {
    let kernel = try tuple("kernel")
    let pad = try tuple("pad", default: [], rank: kernel.count, filler: 0)
    let geometry = ConvolutionGeometry(
      kernel: kernel, stride: try tuple("stride", default: [], rank: kernel.count, filler: 1),
      dilation: try tuple("dilate", default: [], rank: kernel.count, filler: 1), padBegin: pad, padEnd: pad)
    try geometry.validate()
    return geometry
  }

  /// A tuple where the empty one stands for `filler` on every axis.
  package mutating func tuple(
    _ name: String, default value: [Int], rank: Int, filler: Int
  ) throws(OperatorError) -> [Int] {
    let numbers = try tuple(name, default: value)
    return numbers.isEmpty ? Array(repeating: filler, count: rank) : numbers
  }

  /// Hints of memory and of GPU libraries that every convolution of MXNet takes, and its one layout.
  ///
  /// - Throws: `OperatorError` where the layout is not channels first.
  package mutating func ignoreExecutionHints() throws(OperatorError) {
    ignore("workspace", "cudnn_tune", "cudnn_off", "im2col_step")
    try requireChannelsFirst()
  }

  /// - Throws: `OperatorError` where the layout is not channels first.
  package mutating func requireChannelsFirst() throws(OperatorError) {
    if let layout = raw("layout"), !["None", "NCHW", "NCW", "NCDHW"].contains(layout) {
      throw .attribute("layout", found: "'\(layout)'", expected: "NCHW")
    }
  }
}

extension MXNetAttributes.Text {
  /// Writes a geometry as MXNet does: everything, defaults too, so that a reader need not know them.
  ///
  /// - Throws: `OperatorError` where the padding is not symmetric, which MXNet cannot say.
  mutating func set(_ geometry: ConvolutionGeometry) throws(OperatorError) {
    guard geometry.padBegin == geometry.padEnd else {
      throw .attribute(
        "padEnd", found: "\(geometry.padEnd)", expected: "\(geometry.padBegin), as MXNet pads evenly")
    }
    self["dilate"] = Self.tuple(geometry.dilation)
    self["kernel"] = Self.tuple(geometry.kernel)
    self["pad"] = Self.tuple(geometry.padBegin)
    self["stride"] = Self.tuple(geometry.stride)
  }

  /// The shortest decimals that give the number back; nearly all of MXNet's are fp32.
  static func number(_ value: Double) -> String {
    Double(Float(value)) == value ? "\(Float(value))" : "\(value)"
  }

  /// `True` or `False`.
  static func boolean(_ value: Bool) -> String { value ? "True" : "False" }

  /// `(3, 3)`, and `(3,)` for one element, as Python writes tuples.
  static func tuple(_ numbers: [some CustomStringConvertible]) -> String {
    "(" + numbers.map(\.description).joined(separator: ", ") + (numbers.count == 1 ? ",)" : ")")
  }
}
