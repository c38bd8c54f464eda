extension Reduction {
  private static let functions: [String: Function] = [
    "ReduceSum": .sum, "ReduceMean": .mean, "ReduceMax": .max, "ReduceMin": .min, "ReduceProd": .product,
  ]

  /// ONNX's reductions: axes as an attribute before operator set 13 (`ReduceSum`) or 18 (the others), as an optional
  /// input since. Without axes all go, unless `noop_with_empty_axes` says that none does.
  package static let onnx: ONNXDialect<Reduction>? = ONNXDialect(
    names: functions.keys.sorted().map { ONNXName($0) },
    read: { node throws(OperatorError) in
      let since = node.op == "ReduceSum" ? 13 : 18
      let axes = try node.axes(inputSince: since) ?? []
      let keeps = try node.flag("keepdims", default: true)
      let keepsAll = node.version >= since ? try node.flag("noop_with_empty_axes", default: false) : false
      guard let function = functions[node.op], !(keepsAll && axes.isEmpty) else { return nil }
      return Reduction(function, axes: axes, keepsDimensions: keeps, keepsOneDimension: false)
    },
    write: { reduction, site throws(OperatorError) in
      guard let name = functions.first(where: { $0.value == reduction.function })?.key else {
        throw .attribute("function", found: reduction.function.rawValue, expected: "one that ONNX has")
      }
      var axes = reduction.axes
      if reduction.excludesAxes { axes = try reduction.reducedAxes(rank: try site.rank(0)) }
      var spelling = site.withAxes(name, axes, inputSince: name == "ReduceSum" ? 13 : 18)
      if !reduction.keepsDimensions { spelling.attributes.append(("keepdims", .integer(0))) }
      let isWhole = axes.isEmpty || axes.count == site.knownRank(0)
      guard reduction.keepsOneDimension, isWhole, !reduction.keepsDimensions else { return [spelling] }
      return [spelling, site.reshape(.node(0), to: [1])]
    })
}
