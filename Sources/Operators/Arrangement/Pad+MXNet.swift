internal import OrderedCollections

extension Pad {
  /// MXNet `Pad` (pad-inl.h): four or five dimensions, nothing added along the first two.
  package static let mxnet: MXNetDialect<Pad>? = MXNetDialect(
    names: ["Pad", "pad"],
    read: { attributes throws(OperatorError) in
      let mode = try attributes.word("mode", ["constant": Mode.constant, "edge": .edge, "reflect": .reflect])
      let widths = try attributes.tuple("pad_width")
      let value = try attributes.double("constant_value", default: 0)
      guard widths.count % 2 == 0, !widths.isEmpty else {
        throw .attribute("pad_width", found: "\(widths.count) numbers", expected: "two for each axis")
      }
      try requireAttribute("pad_width", widths, count: widths.count, in: 0...Int(Int32.max))
      return Pad(
        mode, padBegin: stride(from: 0, to: widths.count, by: 2).map { widths[$0] },
        padEnd: stride(from: 1, to: widths.count, by: 2).map { widths[$0] },
        value: mode == .constant ? value : 0)
    },
    write: { pad throws(OperatorError) in
      let widths = zip(pad.padBegin, pad.padEnd).flatMap { [$0, $1] }
      guard [8, 10].contains(widths.count), widths.prefix(4).allSatisfy({ $0 == 0 }) else {
        throw .attribute(
          "padBegin", found: "\(pad.padBegin)", expected: "4 or 5 axes with nothing along the first two")
      }
      guard pad.mode != .wrap, widths.allSatisfy({ $0 >= 0 }) else {
        throw .attribute(
          "mode", found: "\(pad.mode) by \(widths)",
          expected: "constant, edge or reflect, and nothing cut off")
      }
      var attributes: MXNetAttributes.Text = [
        "mode": pad.mode.rawValue, "pad_width": MXNetAttributes.Text.tuple(widths),
      ]
      if pad.mode == .constant { attributes["constant_value"] = "\(pad.value)" }
      return ("Pad", attributes)
    })
}
