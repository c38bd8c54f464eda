package import Graphs
internal import OrderedCollections

/// A rectangle of a map, of given size or of another map's.
///
/// Inputs: data `[N, C, H, W]`, and like `[…, …, h, w]` where `size` is empty; output `[N, C, h, w]`
/// (mxnet crop-inl.h).
package struct Crop: Operator {
  package static let name = "Crop"

  /// The first row and column; zeros where `isCentered`.
  package var offset: [Int]
  /// Rows and columns; empty where the second input gives them.
  package var size: [Int]
  /// Whether as much is cut before as behind, the odd one behind.
  package var isCentered: Bool

  package init(offset: [Int] = [0, 0], size: [Int] = [], isCentered: Bool = false) {
    self.offset = offset
    self.size = size
    self.isCentered = isCentered
  }

  package var inputs: [InputName] { [InputName("data")] + (size.isEmpty ? [InputName("like")] : []) }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("offset", offset, count: 2, in: 0...Int(Int32.max))
    if !size.isEmpty { try requireAttribute("size", size, count: 2, in: countRange) }
    let data = try inputs.require(0, rank: 4)
    let like = size.isEmpty ? Array(try inputs.require(1, rank: 4).dropFirst(2)) : size.map(Optional.some)
    for axis in 0..<2 {
      guard let have = data[2 + axis], let want = like[axis] else { continue }
      guard want <= have, isCentered || offset[axis] <= have - want else {
        throw .input(
          "data", found: "\(have) elements along spatial axis \(axis)",
          expected: "at least \(want) from \(isCentered ? 0 : offset[axis])")
      }
    }
    return [ValueType(inputs.elementType(0), PartialShape([data[0], data[1]] + like))]
  }
}

extension Crop {
  /// MXNet `Crop` (crop-inl.h); `crop` in small letters is another name of `slice`.
  package static let mxnet: MXNetDialect<Crop>? = MXNetDialect(
    names: ["Crop"],
    read: { attributes throws(OperatorError) in
      let count = try attributes.integer("num_args")
      try requireAttribute("num_args", count, in: 1...2)
      let offset = try attributes.tuple("offset", default: [0, 0])
      let size = try attributes.tuple("h_w", default: [0, 0])
      let isCentered = try attributes.boolean("center_crop", default: false)
      return Crop(offset: isCentered ? [0, 0] : offset, size: count == 1 ? size : [], isCentered: isCentered)
    },
    write: { crop throws(OperatorError) in
      var attributes: MXNetAttributes.Text = ["num_args": crop.size.isEmpty ? "2" : "1"]
      if !crop.isCentered { attributes["offset"] = MXNetAttributes.Text.tuple(crop.offset) }
      if !crop.size.isEmpty { attributes["h_w"] = MXNetAttributes.Text.tuple(crop.size) }
      if crop.isCentered { attributes["center_crop"] = "True" }
      return ("Crop", attributes)
    },
    inputNames: { $0.size.isEmpty ? ["arg0", "arg1"] : ["arg0"] })
}
