internal import Bytes
package import Graphs
internal import OrderedCollections

/// A map of another size, each element mixed from the four nearest.
///
/// Inputs: data `[N, C, H, W]`, and like `[…, …, h, w]` where neither `size` nor `scales` is given; output
/// `[N, C, h, w]` (mxnet contrib/bilinear_resize-inl.h). Positions are made in fp32.
package struct BilinearResize: Operator {
  package static let name = "BilinearResize"

  /// Rows and columns; empty where another attribute or input gives them.
  package var size: [Int]
  /// Output rows and columns for each of the data's, the product cut to whole ones in fp32; or empty.
  package var scales: [Double]
  /// Whether the corners' elements keep their places: position y·(H − 1)/(h − 1); else
  /// max((y + 0.5)·H/h − 0.5, 0).
  package var alignsCorners: Bool

  package init(size: [Int] = [], scales: [Double] = [], alignsCorners: Bool) {
    self.size = size
    self.scales = scales
    self.alignsCorners = alignsCorners
  }

  private var takesLike: Bool { size.isEmpty && scales.isEmpty }

  package var inputs: [InputName] { [InputName("data")] + (takesLike ? [InputName("like")] : []) }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    guard size.isEmpty || scales.isEmpty else {
      throw .attribute("scales", found: "\(scales)", expected: "none beside a size")
    }
    let data = try inputs.require(0, rank: 4)
    var output: [Int?] = []
    if takesLike {
      output = Array(try inputs.require(1, rank: 4).suffix(2))
    } else if scales.isEmpty {
      try requireAttribute("size", size, count: 2, in: countRange)
      output = size
    } else {
      guard scales.count == 2 else { throw .attribute("scales", found: "\(scales)", expected: "2 numbers") }
      for (axis, scale) in scales.enumerated() {
        try requireAttribute("scales", scale, atLeast: 0)
        output.append(try data[2 + axis].map { size throws(OperatorError) in try scaled(size, by: scale) })
      }
    }
    return [ValueType(inputs.elementType(0), PartialShape([data[0], data[1]] + output))]
  }

  private func scaled(_ size: Int, by scale: Double) throws(OperatorError) -> Int {
    guard let scaled = Int(checked: Double(Float(scale) * Float(size))), countRange.contains(scaled) else {
      throw .attribute(
        "scales", found: "\(scale)", expected: "one that leaves at least 1 of \(size) elements")
    }
    return scaled
  }
}

extension BilinearResize {
  /// MXNet `_contrib_BilinearResize2D` in the modes `size` and `like`.
  package static let mxnet: MXNetDialect<BilinearResize>? = MXNetDialect(
    names: ["_contrib_BilinearResize2D"],
    read: { attributes throws(OperatorError) in
      let isLike = try attributes.word("mode", ["size": false, "like": true], default: false)
      let size = [try attributes.integer("height", default: 1), try attributes.integer("width", default: 1)]
      let alignsCorners = try attributes.boolean("align_corners", default: true)
      let scales = try ["scale_height", "scale_width"].map { name throws(OperatorError) -> Double? in
        [nil, "None"].contains(attributes.raw(name)) ? nil : Double(try attributes.float(name))
      }
      if isLike { return BilinearResize(alignsCorners: alignsCorners) }
      guard let down = scales[0] else { return BilinearResize(size: size, alignsCorners: alignsCorners) }
      guard let across = scales[1] else {
        throw .attribute("scale_width", found: "nothing", expected: "a number, as scale_height is one")
      }
      return BilinearResize(scales: [down, across], alignsCorners: alignsCorners)
    },
    write: { resize throws(OperatorError) in
      var attributes: MXNetAttributes.Text = [
        "align_corners": MXNetAttributes.Text.boolean(resize.alignsCorners)
      ]
      if resize.takesLike {
        attributes["mode"] = "like"
      } else if resize.size.count == 2 {
        (attributes["height"], attributes["width"]) = ("\(resize.size[0])", "\(resize.size[1])")
      } else if resize.scales.count == 2 {
        attributes["scale_height"] = MXNetAttributes.Text.number(resize.scales[0])
        attributes["scale_width"] = MXNetAttributes.Text.number(resize.scales[1])
      } else {
        throw .attribute("size", found: "\(resize.size)", expected: "2 numbers")
      }
      return ("_contrib_BilinearResize2D", attributes)
    },
    inputNames: { $0.takesLike ? ["data", "like"] : ["data"] })
}
