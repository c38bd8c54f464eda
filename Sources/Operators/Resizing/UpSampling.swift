internal import Bytes
package import Graphs
internal import OrderedCollections

/// Enlarges maps by a whole factor.
///
/// `nearest`: inputs maps `[N, Cᵢ, Hᵢ, Wᵢ]`, each enlarged to `[scale·H₀, scale·W₀]` by repeating rows and columns
/// (out[y, x] = in[y/f, x/f], f its own factor), then joined along the channels or summed.
/// `bilinear`: inputs data `[N, C, H, W]` and weight `[C, 1, K, K]`, K = 2·scale − scale mod 2: a deconvolution of
/// stride `scale`, pad ⌈(scale − 1)/2⌉ and a group for each channel. Both: mxnet nn/upsampling-inl.h.
package struct UpSampling: Operator {
  package static let name = "UpSampling"

  package enum Method: String, Codable, Sendable {
    case nearest
    case bilinear
  }

  /// What becomes of several inputs.
  package enum Combination: String, Codable, Sendable {
    case concat
    case sum
  }

  package var method: Method
  /// Output rows for each row of the first input.
  package var scale: Int
  /// Maps; 1 where `bilinear`.
  package var count: Int
  package var combination: Combination
  /// The data's channels where `bilinear`; 0 where `nearest`.
  package var filters: Int

  package init(nearest scale: Int, count: Int = 1, combination: Combination = .concat) {
    method = .nearest
    self.scale = scale
    self.count = count
    self.combination = combination
    filters = 0
  }

  package init(bilinear scale: Int, filters: Int) {
    method = .bilinear
    self.scale = scale
    count = 1
    combination = .concat
    self.filters = filters
  }

  package var inputs: [InputName] {
    method == .nearest ? .numbered(count) : [InputName("data"), InputName("weight", .parameter)]
  }

  /// Taps along each side of the bilinear filter.
  package var kernel: Int { 2 * scale - scale % 2 }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    // The bound keeps the filter's size within 32 bits.
    try requireAttribute("scale", scale, in: 1...(1 << 20))
    try requireAttribute("count", count, in: method == .nearest ? inputCountRange : 1...1)
    let data = try inputs.require(0, rank: 4)
    try requireAttribute("filters", filters, in: method == .nearest ? 0...0 : countRange)
    let (height, width) = (try enlarged(data[2]), try enlarged(data[3]))
    if method == .bilinear {
      try inputs.require(0, [nil, filters, nil, nil])
      try inputs.require(1, [filters, 1, kernel, kernel])
    }
    var channels = inputs.shape(0)[1]
    for index in 1..<max(count, 1) {
      let map = try inputs.require(index, rank: 4)
      try inputs.require(index, [data[0], combination == .sum ? data[1] : nil, nil, nil])
      let factors = (
        try divide(height, by: map[2], input: index), try divide(width, by: map[3], input: index)
      )
      if let (down, right) = bothKnown(factors.0, factors.1), down != right {
        throw .input(
          "input\(index)", found: "factors \(down) down and \(right) to the right", expected: "one for both")
      }
      if combination == .concat {
        channels = try bothKnown(channels, map[1]).map { a, b throws(OperatorError) in try sum(a, b) }
      }
    }
    return [ValueType(inputs.elementType(0), PartialShape([data[0], channels, height, width]))]
  }

  private func enlarged(_ size: Int?) throws(OperatorError) -> Int? {
    try productOfDimensions([size, scale], of: "input0")
  }

  private func sum(_ a: Int, _ b: Int) throws(OperatorError) -> Int {
    guard let sum = a.plusChecked(b) else {
      throw .input("input0", found: "channels beyond 64 bits", expected: "fewer")
    }
    return sum
  }

  private func bothKnown(_ a: Int?, _ b: Int?) -> (Int, Int)? {
    a.flatMap { a in b.map { (a, $0) } }
  }

  private func divide(_ whole: Int?, by size: Int?, input: Int) throws(OperatorError) -> Int? {
    guard let size, let whole else { return nil }
    guard size > 0, whole % size == 0 else {
      throw .input("input\(input)", found: "\(size) elements along a side", expected: "a divisor of \(whole)")
    }
    return whole / size
  }
}

extension UpSampling {
  /// MXNet `UpSampling` (nn/upsampling-inl.h).
  package static let mxnet: MXNetDialect<UpSampling>? = MXNetDialect(
    names: ["UpSampling"],
    read: { attributes throws(OperatorError) in
      attributes.ignore("workspace")
      let method = try attributes.word("sample_type", ["nearest": Method.nearest, "bilinear": .bilinear])
      let count = try attributes.integer("num_args")
      let combination = try attributes.word(
        "multi_input_mode", ["concat": Combination.concat, "sum": .sum], default: .concat)
      let scale = try attributes.integer("scale")
      let filters = try attributes.integer("num_filter", default: 0)
      return method == .nearest
        ? UpSampling(nearest: scale, count: count, combination: combination)
        : UpSampling(bilinear: scale, filters: filters)
    },
    write: { sampling throws(OperatorError) in
      var attributes: MXNetAttributes.Text = [
        "scale": "\(sampling.scale)", "sample_type": sampling.method.rawValue,
        "num_args": sampling.method == .nearest ? "\(sampling.count)" : "2",
      ]
      if sampling.method == .bilinear { attributes["num_filter"] = "\(sampling.filters)" }
      if sampling.combination != .concat { attributes["multi_input_mode"] = "sum" }
      return ("UpSampling", attributes)
    },
    inputNames: { sampling in
      sampling.method == .nearest ? sampling.inputs.indices.map { "arg\($0)" } : ["data", "weight"]
    })
}
