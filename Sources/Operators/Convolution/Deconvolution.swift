internal import Bytes
package import Graphs

/// The transpose of a convolution: each element of the map adds its filter to the output.
///
/// Inputs: data `[N, C, H, W]`, weight `[C, M/groups, Kh, Kw]`, bias `[M]` where `hasBias`; output
/// `[N, M, Ho, Wo]` with Ho = stride·(H − 1) + dilation·(Kh − 1) + 1 − pads + adjustment (mxnet
/// nn/deconvolution.cc). One and three spatial dimensions work alike.
package struct Deconvolution: Operator {
  package static let name = "Deconvolution"

  /// Of the convolution that this transposes; its padding crops the output.
  package var geometry: ConvolutionGeometry
  /// Rows and columns added behind the output's last.
  package var adjustment: [Int]
  /// The output's height and width, from which padding and adjustment follow; empty where those are given.
  package var targetShape: [Int]
  package var groups: Int
  /// Channels of the output.
  package var filters: Int
  package var hasBias: Bool

  package init(
    geometry: ConvolutionGeometry, adjustment: [Int]? = nil, targetShape: [Int] = [], groups: Int = 1,
    filters: Int, hasBias: Bool
  ) {
    self.geometry = geometry
    self.adjustment = adjustment ?? geometry.kernel.map { _ in 0 }
    self.targetShape = targetShape
    self.groups = groups
    self.filters = filters
    self.hasBias = hasBias
  }

  package var inputs: [InputName] {
    [InputName("data"), InputName("weight", .parameter)] + (hasBias ? [InputName("bias", .parameter)] : [])
  }

  /// How an axis is cropped: elements before the first, behind the last, and added behind.
  package struct Placement: Hashable, Sendable {
    package let padBegin: Int
    package let padEnd: Int
    package let adjustment: Int
    package let outputSize: Int
  }

  /// The placement along a spatial axis of `size` elements.
  ///
  /// A target shape is reached as MXNet does it (deconvolution-inl.h, InferPad): an odd surplus is cropped as
  /// the next even one, and one element added behind.
  ///
  /// - Throws: `OperatorError` where nothing would be left, or the target is too large.
  package func placement(_ axis: Int, of size: Int) throws(OperatorError) -> Placement {
    guard let steps = max(size - 1, 0).timesChecked(geometry.stride[axis]),
      let whole = steps.plusChecked(geometry.extent(axis))
    else {
      throw .input("data", found: "\(size) elements along spatial axis \(axis)", expected: "a smaller map")
    }
    if !targetShape.isEmpty {
      let surplus = whole - targetShape[axis]
      guard surplus >= 0 else {
        throw .attribute(
          "targetShape", found: "\(targetShape)", expected: "at most \(whole) along axis \(axis)")
      }
      let pad = surplus / 2 + surplus % 2
      return Placement(
        padBegin: pad, padEnd: pad, adjustment: surplus % 2, outputSize: targetShape[axis])
    }
    let (before, behind) = (geometry.padBegin[axis], geometry.padEnd[axis])
    guard let output = (whole - before - behind).plusChecked(adjustment[axis]), output >= 1 else {
      throw .input(
        "data", found: "\(size) elements along spatial axis \(axis)",
        expected: "a map that leaves an output after \(before) and \(behind) are cropped from \(whole)")
    }
    return Placement(padBegin: before, padEnd: behind, adjustment: adjustment[axis], outputSize: output)
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try validate()
    let data = try inputs.require(0, rank: 2 + geometry.rank)
    if let channels = data[1], channels % groups != 0 {
      throw .input("data", found: "\(channels) channels", expected: "a multiple of \(groups) groups")
    }
    try inputs.require(1, [data[1], filters / groups] + geometry.kernel.map(Optional.some))
    if hasBias { try inputs.require(2, [filters]) }
    var output: [Int?] = [data[0], filters]
    for axis in 0..<geometry.rank {
      if let size = data[2 + axis] {
        output.append(try placement(axis, of: size).outputSize)
      } else {
        output.append(targetShape.isEmpty ? nil : targetShape[axis])
      }
    }
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }

  private func validate() throws(OperatorError) {
    try geometry.validate()
    try requireAttribute("kernel", geometry.rank, in: 1...3)
    guard groups >= 1, filters >= 1, filters % groups == 0 else {
      throw .attribute("groups", found: "\(groups)", expected: "a divisor of \(filters) filters")
    }
    if !targetShape.isEmpty {
      try requireAttribute("targetShape", targetShape, count: geometry.rank, in: countRange)
    }
    try requireAttribute("adjustment", adjustment, count: geometry.rank, in: 0...Int(Int32.max))
    // Beyond that a larger map would give the same output (mxnet deconvolution.cc; ONNX ConvTranspose-11).
    for axis in 0..<geometry.rank
    where adjustment[axis] >= max(geometry.stride[axis], geometry.dilation[axis]) {
      throw .attribute(
        "adjustment", found: "\(adjustment)", expected: "less than the stride \(geometry.stride)")
    }
  }
}
