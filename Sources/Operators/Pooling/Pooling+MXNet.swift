internal import OrderedCollections

extension Pooling {
  /// MXNet `Pooling` (nn/pooling-inl.h), and `Pooling_v1` of the mshadow days where it computes the same.
  package static let mxnet: MXNetDialect<Pooling>? = MXNetDialect(
    names: ["Pooling", "Pooling_v1", "_npx_pooling"],
    read: { attributes throws(OperatorError) in
      attributes.ignore("cudnn_off")
      try attributes.requireChannelsFirst()
      let function = try attributes.word(
        "pool_type", ["max": Function.max, "avg": .average, "sum": .sum, "lp": .norm], default: .max)
      let power = try attributes.optionalInteger("p_value")
      if function == .norm, power == nil {
        throw .attribute("p_value", found: "nothing", expected: "the norm's power, 1 or 2")
      }
      let convention = try attributes.word(
        "pooling_convention", ["valid": Convention.valid, "full": .full, "same": .same], default: .valid)
      let divisor = try readDivisor(&attributes)
      let geometry = try readWindow(&attributes)
      guard let geometry else { return .global(function, power: function == .norm ? power ?? 0 : 0) }
      if attributes.op == "Pooling_v1", function == .max,
        geometry.padBegin != geometry.padBegin.map({ _ in 0 })
      {
        // Its padding holds zeros that a maximum sees (pooling_v1-inl.h, pad).
        throw .attribute("pad", found: "\(geometry.padBegin)", expected: "no padding in a max Pooling_v1")
      }
      return Pooling(
        function, geometry: geometry, convention: convention,
        divisor: function == .average ? divisor : .padded,
        power: function == .norm ? power ?? 0 : 0)
    },
    write: { pooling throws(OperatorError) in
      var attributes = MXNetAttributes.Text()
      var op = "Pooling"
      if pooling.isGlobal {
        // A kernel would be ignored but for its rank, which need not be known here.
        attributes["global_pool"] = "True"
      } else {
        attributes = try writeWindow(pooling.geometry)
        guard pooling.convention != .inside else {
          throw .attribute("convention", found: "inside", expected: "valid, full or same, as MXNet counts")
        }
        if pooling.convention != .valid { attributes["pooling_convention"] = pooling.convention.rawValue }
        if pooling.divisor == .inside { attributes["count_include_pad"] = "False" }
        if pooling.divisor == .kernel { op = "Pooling_v1" }
      }
      attributes["pool_type"] =
        ["average": "avg", "norm": "lp"][pooling.function.rawValue] ?? pooling.function.rawValue
      if pooling.function == .norm { attributes["p_value"] = "\(pooling.power)" }
      return (op, attributes)
    },
    // oneDNN's workspace, in the builds that everybody has.
    hiddenOutputs: { $0.function == .max && !$0.isGlobal ? 1 : 0 })

  private static func readDivisor(_ attributes: inout MXNetAttributes) throws(OperatorError) -> Divisor {
    if attributes.op == "Pooling_v1" { return .kernel }
    guard attributes.raw("count_include_pad") != "None" else { return .padded }
    return try attributes.boolean("count_include_pad", default: true) ? .padded : .inside
  }

  /// The window; nil for a global one, where whatever is given is ignored.
  private static func readWindow(
    _ attributes: inout MXNetAttributes
  ) throws(OperatorError) -> ConvolutionGeometry? {
    let isGlobal = try attributes.boolean("global_pool", default: false)
    let kernel = try attributes.tuple("kernel", default: [])
    let stride = try attributes.tuple("stride", default: [], rank: kernel.count, filler: 1)
    let pad = try attributes.tuple("pad", default: [], rank: kernel.count, filler: 0)
    if isGlobal { return nil }
    let geometry = ConvolutionGeometry(
      kernel: kernel, stride: stride, dilation: kernel.map { _ in 1 }, padBegin: pad, padEnd: pad)
    try requireAttribute("kernel", geometry.rank, in: 1...3)
    try geometry.validate()
    return geometry
  }

  private static func writeWindow(_ geometry: ConvolutionGeometry) throws(OperatorError)
    -> MXNetAttributes.Text
  {
    guard geometry.dilation.allSatisfy({ $0 == 1 }) else {
      throw .attribute("dilation", found: "\(geometry.dilation)", expected: "1, as MXNet's pooling has none")
    }
    var attributes = MXNetAttributes.Text()
    try attributes.set(geometry)
    attributes["dilate"] = nil
    return attributes
  }
}
