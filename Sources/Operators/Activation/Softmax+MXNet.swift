internal import OrderedCollections

extension Softmax {
  /// MXNet `softmax` (nn/softmax-inl.h), `SoftmaxActivation` and `SoftmaxOutput`; `Softmax` is the last one's old name.
  package static let mxnet: MXNetDialect<Softmax>? = MXNetDialect(
    names: ["softmax", "_npx_softmax", "SoftmaxActivation", "SoftmaxOutput", "Softmax"],
    read: { attributes throws(OperatorError) in
      switch attributes.op {
      case "SoftmaxActivation":
        // `instance` flattens all axes but the last (softmax_activation-inl.h, FlatTo2D).
        return Softmax(axis: try attributes.word("mode", ["instance": -1, "channel": 1], default: -1))
      case "SoftmaxOutput", "Softmax": return try readOutput(&attributes)
      default: return try readSoftmax(&attributes)
      }
    },
    write: { softmax throws(OperatorError) in
      softmax.hasLabel ? try writeOutput(softmax) : try writeSoftmax(softmax)
    },
    inputNames: { $0.hasLabel ? ["data", "label"] : ["data"] })

  private static func readSoftmax(_ attributes: inout MXNetAttributes) throws(OperatorError) -> Softmax {
    // A data type would cast on the way out; a length input masks.
    for (name, neutral) in [("dtype", "None"), ("use_length", "False")] {
      if let text = attributes.raw(name), text != neutral, text.lowercased() != neutral.lowercased(),
        text != "0"
      {
        throw .attribute(name, found: "'\(text)'", expected: neutral)
      }
    }
    let temperature =
      attributes.raw("temperature") == "None" ? 1 : try attributes.double("temperature", default: 1)
    return Softmax(axis: try attributes.integer("axis", default: -1), temperature: temperature)
  }

  private static func readOutput(_ attributes: inout MXNetAttributes) throws(OperatorError) -> Softmax {
    attributes.ignore(
      "grad_scale", "ignore_label", "use_ignore", "normalization", "out_grad", "smooth_alpha")
    let overChannels = try attributes.boolean("multi_output", default: false)
    let keepsShape = try attributes.boolean("preserve_shape", default: false)
    // multi_output is asked first there as well (softmax_output-inl.h, Forward).
    if overChannels { return Softmax(axis: 1, hasLabel: true) }
    if keepsShape { return Softmax(axis: -1, hasLabel: true) }
    return Softmax(axis: 1, span: .trailing, hasLabel: true)
  }

  private static func writeSoftmax(_ softmax: Softmax) throws(OperatorError) -> MXNetDialect<Softmax>.Spelling
  {
    guard softmax.span == .axis || softmax.axis == -1 else {
      throw .attribute("span", found: "trailing", expected: "axis, unless there are labels")
    }
    if softmax.temperature == 1 {
      // Every MXNet has SoftmaxActivation; softmax came with 0.11.
      if softmax.axis == -1 { return ("SoftmaxActivation", ["mode": "instance"]) }
      if softmax.axis == 1 { return ("SoftmaxActivation", ["mode": "channel"]) }
    }
    var attributes: MXNetAttributes.Text = ["axis": "\(softmax.axis)"]
    if softmax.temperature != 1 {
      attributes["temperature"] = "\(softmax.temperature)"
    }
    return ("softmax", attributes)
  }

  private static func writeOutput(_ softmax: Softmax) throws(OperatorError) -> MXNetDialect<Softmax>.Spelling
  {
    guard softmax.temperature == 1 else {
      throw .attribute("temperature", found: "\(softmax.temperature)", expected: "1 where there are labels")
    }
    switch (softmax.axis, softmax.span) {
    case (1, .trailing): return ("SoftmaxOutput", [:])
    case (1, .axis): return ("SoftmaxOutput", ["multi_output": "True"])
    case (-1, _): return ("SoftmaxOutput", ["preserve_shape": "True"])
    default: throw .attribute("axis", found: "\(softmax.axis)", expected: "1 or -1 where there are labels")
    }
  }
}
