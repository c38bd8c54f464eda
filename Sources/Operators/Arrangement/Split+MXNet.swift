internal import OrderedCollections

extension Split {
  /// MXNet `SliceChannel` (slice_channel-inl.h), whose outputs are numbered even when there is but one.
  package static let mxnet: MXNetDialect<Split>? = MXNetDialect(
    names: ["SliceChannel", "split"],
    read: { attributes throws(OperatorError) in
      let count = try attributes.integer("num_outputs")
      // Before the outputs' names are made of it.
      try requireAttribute("num_outputs", count, in: inputCountRange)
      return Split(
        count: count, axis: try attributes.integer("axis", default: 1),
        squeezesAxis: try attributes.boolean("squeeze_axis", default: false))
    },
    write: { split throws(OperatorError) in
      guard Set(split.sizes).count <= 1 else {
        throw .attribute("sizes", found: "\(split.sizes)", expected: "equal parts, as MXNet splits")
      }
      var attributes: MXNetAttributes.Text = ["num_outputs": "\(split.count)", "axis": "\(split.axis)"]
      if split.squeezesAxis { attributes["squeeze_axis"] = "True" }
      return ("SliceChannel", attributes)
    },
    outputSuffixes: { split in
      inputCountRange.contains(split.count) ? (0..<split.count).map { "output\($0)" } : []
    })
}
