internal import Graphs
internal import Tensors

extension Resize {
  /// `Upsample` (7, 9) or `Resize` (10).
  func writtenPlain(at site: ONNXSite) throws(OperatorError) -> ONNXSpelling {
    guard method != .cubic, coordinates == .asymmetric, rounding == .outward, !scales.isEmpty else {
      throw OperatorError(
        "operator", found: "\(method) by \(coordinates)", expected: "scales by asymmetric coordinates")
    }
    let scales = try wholeScales(at: site).map { Float($0) }
    var attributes = [(name: "mode", value: ONNXAttribute.text(method.rawValue))]
    guard site.opset >= 9 else {
      attributes.append(("scales", .floats(scales)))
      return ONNXSpelling("Upsample", attributes, inputs: [.input(0)])
    }
    return ONNXSpelling(
      site.opset < 10 ? "Upsample" : "Resize", attributes,
      inputs: [.input(0), .constant(Tensor(scales, shape: [scales.count]))])
  }

  /// `Resize` (11, 13, 18, 19).
  func written(at site: ONNXSite) throws(OperatorError) -> ONNXSpelling {
    guard method != .nearest || rounding != .outward else {
      throw .attribute("rounding", found: "outward", expected: "one that Resize-11 has")
    }
    var attributes: [(name: String, value: ONNXAttribute)] = [
      ("mode", .text(method.rawValue)), ("coordinate_transformation_mode", .text(coordinates.onnxWord)),
    ]
    if method == .nearest { attributes.append(("nearest_mode", .text(rounding.onnxWord))) }
    if method == .cubic { attributes.append(("cubic_coeff_a", .float(Float(coefficient)))) }
    if excludesOutside { attributes.append(("exclude_outside", .integer(1))) }
    if coordinates == .region { attributes.append(("extrapolation_value", .float(Float(extrapolation)))) }
    if aspectRatio != .stretched {
      try site.requireOpset(18, "keep_aspect_ratio_policy")
      attributes.append(
        ("keep_aspect_ratio_policy", .text(aspectRatio == .withinSizes ? "not_larger" : "not_smaller")))
    }
    if antialiases {
      try site.requireOpset(18, "antialias")
      attributes.append(("antialias", .integer(1)))
    }
    if site.opset >= 18 { attributes.append(("axes", .integers(axes))) }
    let isWhole = site.opset < 18
    let scales = (isWhole && !self.scales.isEmpty ? try wholeScales(at: site) : self.scales).map { Float($0) }
    let sizes = isWhole && !self.sizes.isEmpty ? try wholeSizes(at: site) : self.sizes
    let region = isWhole && !self.region.isEmpty ? try wholeRegion(at: site) : self.region
    let unused: ONNXSpelling.Input =
      site.opset < 13 ? .constant(Tensor([Float](), shape: [0])) : .none
    return ONNXSpelling(
      "Resize", attributes,
      inputs: [
        .input(0),
        region.isEmpty
          ? unused : .constant(Tensor(region.map { Float($0) }, shape: [region.count])),
        scales.isEmpty ? unused : .constant(Tensor(scales, shape: [scales.count])),
        sizes.isEmpty ? .none : .integers(sizes),
      ])
  }

  // MARK: Before operator set 18 every axis is named

  private func whole(
    _ values: [Double], _ others: Double, at site: ONNXSite
  ) throws(OperatorError) -> [Double] {
    let rank = try site.rank(0)
    var whole = Array(repeating: others, count: rank)
    for (axis, value) in zip(axes, values) where axis < rank { whole[axis] = value }
    return whole
  }

  private func wholeScales(at site: ONNXSite) throws(OperatorError) -> [Double] {
    try whole(scales, 1, at: site)
  }

  private func wholeRegion(at site: ONNXSite) throws(OperatorError) -> [Double] {
    try whole(Array(region.prefix(axes.count)), 0, at: site)
      + whole(Array(region.suffix(axes.count)), 1, at: site)
  }

  private func wholeSizes(at site: ONNXSite) throws(OperatorError) -> [Int] {
    let rank = try site.rank(0)
    var whole: [Int] = []
    for axis in 0..<rank {
      if let place = axes.firstIndex(of: axis) {
        whole.append(sizes[place])
      } else if let size = site.inputs[0]?.shape[axis] {
        whole.append(size)
      } else {
        throw OperatorError("input 0", found: "an unknown dimension \(axis)", expected: "its size")
      }
    }
    return whole
  }
}

extension Resize.Coordinates {
  fileprivate var onnxWord: String {
    switch self {
    case .halfPixel: "half_pixel"
    case .halfPixelSymmetric: "half_pixel_symmetric"
    case .halfPixelButFirst: "pytorch_half_pixel"
    case .halfPixelWithoutShift: "tf_half_pixel_for_nn"
    case .alignedCorners: "align_corners"
    case .asymmetric: "asymmetric"
    case .region: "tf_crop_and_resize"
    }
  }
}

extension Resize.Rounding {
  /// `outward` is none of Resize's words.
  fileprivate var onnxWord: String {
    switch self {
    case .halfDown: "round_prefer_floor"
    case .halfUp: "round_prefer_ceil"
    case .floor, .outward: "floor"
    case .ceil: "ceil"
    }
  }
}
