internal import OrderedCollections

extension Slice {
  /// MXNet `slice`, once `crop`, and `slice_axis` (tensor/matrix_op-inl.h).
  package static let mxnet: MXNetDialect<Slice>? = MXNetDialect(
    names: ["slice", "crop", "_npx_slice", "slice_axis"],
    read: { attributes throws(OperatorError) in
      if attributes.op == "slice_axis" {
        return Slice(
          axes: [try attributes.integer("axis")], begin: [try attributes.integer("begin")],
          end: [try attributes.optionalInteger("end") ?? .max])
      }
      let begin = try attributes.optionalTuple("begin")
      let end = try attributes.optionalTuple("end")
      let given = try attributes.optionalTuple("step", default: [])
      let step = given.isEmpty ? begin.map { _ in 1 } : given.map { $0 ?? 1 }
      guard end.count == begin.count, step.count == begin.count else {
        throw .attribute("end", found: "\(end.count) numbers", expected: "\(begin.count), as many as begin")
      }
      // Axes that stay whole are left out, as slice_axis leaves them.
      let axes = begin.indices.filter { (begin[$0] ?? 0) != 0 || end[$0] != nil || step[$0] != 1 }
      return Slice(
        axes: axes, begin: axes.map { begin[$0] ?? (step[$0] < 0 ? .max : 0) },
        end: axes.map { end[$0] ?? (step[$0] < 0 ? .min : .max) }, step: axes.map { step[$0] })
    },
    write: { slice throws(OperatorError) in
      guard slice.axes.allSatisfy({ $0 >= 0 }) else { return try writeAxis(slice) }
      let rank = (slice.axes.max() ?? -1) + 1
      try requireAttribute("axes", rank, in: 0...32)
      var texts: [(begin: String, end: String, step: String)] = .init(
        repeating: ("None", "None", "None"), count: rank)
      for (index, axis) in slice.axes.enumerated() {
        texts[axis] = (text(slice.begin[index]), text(slice.end[index]), "\(slice.step[index])")
      }
      return (
        "slice",
        [
          "begin": MXNetAttributes.Text.tuple(texts.map(\.begin)),
          "end": MXNetAttributes.Text.tuple(texts.map(\.end)),
          "step": MXNetAttributes.Text.tuple(texts.map(\.step)),
        ]
      )
    })

  /// An axis that counts from the end; only `slice_axis` knows such.
  private static func writeAxis(_ slice: Slice) throws(OperatorError) -> MXNetDialect<Slice>.Spelling {
    guard slice.axes.count == 1, slice.step == [1], slice.begin != [.max] else {
      throw .attribute("axes", found: "\(slice.axes)", expected: "axes counted from the first")
    }
    return (
      "slice_axis",
      ["axis": "\(slice.axes[0])", "begin": "\(slice.begin[0])", "end": text(slice.end[0])]
    )
  }

  private static func text(_ number: Int) -> String {
    number == .max || number == .min ? "None" : "\(number)"
  }
}
