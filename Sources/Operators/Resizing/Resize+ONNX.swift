internal import Graphs
internal import Tensors

extension Resize {
  /// ONNX `Upsample` (7, 9) and `Resize` (10, 11, 13, 18, 19), whose scales and sizes became inputs.
  package static let onnx: ONNXDialect<Resize>? = ONNXDialect(
    names: [ONNXName("Upsample", since: 7, until: 9), ONNXName("Resize", since: 10)],
    read: { node throws(OperatorError) in
      node.version < 11 ? try readPlain(&node) : try readResize(&node)
    },
    write: { resize, site throws(OperatorError) in
      [site.opset < 11 ? try resize.writtenPlain(at: site) : try resize.written(at: site)]
    })

  /// Scales alone, from the first element on.
  private static func readPlain(_ node: inout ONNXNode) throws(OperatorError) -> Resize? {
    let method = try node.word("mode", ["nearest": Method.nearest, "linear": .linear], default: "nearest")
    let scales: [Double]
    if node.version < 9 {
      try node.requireInputs(1)
      guard let given = try node.optionalFloats("scales") else {
        throw .attribute("scales", found: "nothing", expected: "FLOATS")
      }
      scales = given.map(Double.init)
    } else {
      try node.requireInputs(2)
      scales = try node.numbers(ofInput: 1) ?? []
      node.take([0])
    }
    return Resize(
      method, axes: Array(scales.indices), scales: scales, coordinates: .asymmetric, rounding: .outward
    ).withoutUnchangedAxes()
  }

  private static func readResize(_ node: inout ONNXNode) throws(OperatorError) -> Resize? {
    try node.requireInputs(1, optional: 3)
    let method = try node.word(
      "mode", ["nearest": Method.nearest, "linear": .linear, "cubic": .cubic], default: "nearest")
    let coordinates = try node.word(
      "coordinate_transformation_mode",
      [
        "half_pixel": Coordinates.halfPixel, "half_pixel_symmetric": .halfPixelSymmetric,
        "pytorch_half_pixel": .halfPixelButFirst, "tf_half_pixel_for_nn": .halfPixelWithoutShift,
        "align_corners": .alignedCorners, "asymmetric": .asymmetric, "tf_crop_and_resize": .region,
      ], default: "half_pixel")
    let rounding = try node.word(
      "nearest_mode",
      [
        "round_prefer_floor": Rounding.halfDown, "round_prefer_ceil": .halfUp, "floor": .floor, "ceil": .ceil,
      ], default: "round_prefer_floor")
    let ratio = try node.word(
      "keep_aspect_ratio_policy",
      ["stretch": AspectRatio.stretched, "not_larger": .withinSizes, "not_smaller": .beyondSizes],
      default: "stretch")
    let coefficient = Double(try node.float("cubic_coeff_a", default: -0.75))
    let excludes = try node.flag("exclude_outside", default: false)
    let extrapolation = Double(try node.float("extrapolation_value", default: 0))
    let antialiases = node.version >= 18 ? try node.flag("antialias", default: false) : false
    let named = try node.optionalIntegers("axes")
    let scales = try node.numbers(ofInput: 2) ?? []
    let sizes = try node.integers(ofInput: 3) ?? []
    guard scales.isEmpty != sizes.isEmpty else {
      throw OperatorError(
        "inputs", found: "\(scales.count) scales and \(sizes.count) sizes", expected: "one of the two")
    }
    let count = max(scales.count, sizes.count)
    let axes = try named.map { axes throws(OperatorError) in
      try axes.map { axis throws(OperatorError) in
        axis < 0 ? try resolveAxis(axis, rank: try node.rank(0), attribute: "axes") : axis
      }
    }
    let region = coordinates == .region ? try node.numbers(ofInput: 1) ?? [] : []
    node.take([0])
    return Resize(
      method, axes: axes ?? Array(0..<count), sizes: sizes, scales: scales, coordinates: coordinates,
      rounding: rounding, aspectRatio: sizes.isEmpty ? .stretched : ratio, coefficient: coefficient,
      excludesOutside: excludes, region: region, extrapolation: extrapolation,
      antialiases: antialiases && method != .nearest
    ).withoutUnchangedAxes()
  }

  /// Axes that are scaled by 1 read every element where it stands.
  private func withoutUnchangedAxes() -> Resize {
    guard coordinates != .region, scales.count == axes.count else { return self }
    var copy = self
    let changed = axes.indices.filter { scales[$0] != 1 }
    guard !changed.isEmpty else { return self }
    copy.axes = changed.map { axes[$0] }
    copy.scales = changed.map { scales[$0] }
    return copy
  }
}

extension ONNXNode {
  /// The value of an input as a list of numbers; nil where it is left out.
  ///
  /// - Throws: `OperatorError` where the value is not known yet, or is no list of numbers.
  func numbers(ofInput index: Int) throws(OperatorError) -> [Double]? {
    guard let tensor = try constant(index) else { return nil }
    guard tensor.elementType.isFloatingPoint, tensor.shape.rank <= 1 else {
      throw OperatorError(
        "input \(index)", found: "\(tensor.elementType) \(tensor.shape)", expected: "a list of numbers")
    }
    return tensor.converted(to: Double.self)
  }
}
