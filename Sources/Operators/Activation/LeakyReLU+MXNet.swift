internal import OrderedCollections

extension LeakyReLU {
  /// MXNet `LeakyReLU`; at inference `rrelu` is a leaky one of the mean slope.
  package static let mxnet: MXNetDialect<LeakyReLU>? = MXNetDialect(
    names: ["LeakyReLU", "_npx_leaky_relu"],
    read: { attributes throws(OperatorError) in
      let slope = try attributes.float("slope", default: 0.25)
      let lower = try attributes.float("lower_bound", default: 0.125)
      let upper = try attributes.float("upper_bound", default: 0.334)
      if attributes.raw("act_type") == "rrelu" {
        return LeakyReLU(.leaky, slope: Double((lower + upper) / 2))
      }
      let function = try attributes.word(
        "act_type",
        ["leaky": Function.leaky, "prelu": .prelu, "elu": .elu, "selu": .selu, "gelu": .gelu],
        default: .leaky)
      return LeakyReLU(function, slope: function == .leaky || function == .elu ? Double(slope) : 0)
    },
    write: { activation throws(OperatorError) in
      guard activation.gammaPlacement == .channels else {
        throw .attribute("gammaPlacement", found: "last", expected: "channels, as MXNet places slopes")
      }
      var attributes: MXNetAttributes.Text = ["act_type": activation.function.rawValue]
      if [.leaky, .elu].contains(activation.function) {
        attributes["slope"] = MXNetAttributes.Text.number(activation.slope)
      }
      return ("LeakyReLU", attributes)
    })
}
