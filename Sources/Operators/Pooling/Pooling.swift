internal import Bytes
package import Graphs

/// One number for each window of a map: its largest element, mean, sum or p-norm.
///
/// Input: data `[N, C, H, W]`; output `[N, C, Ho, Wo]`, `[N, C, 1, 1]` where `isGlobal`. One and three spatial
/// dimensions work alike (mxnet nn/pooling.cc, nn/pool.h).
package struct Pooling: Operator {
  package static let name = "Pooling"

  package enum Function: String, Codable, Sendable {
    /// The largest element inside the map; a window without any gives the least finite number.
    case max
    case average
    case sum
    /// (Σ|x|^p)^(1/p).
    case norm
  }

  /// How many windows fit along an axis of padded size L, kernel k, stride s.
  package enum Convention: String, Codable, Sendable {
    /// floor((L − k) / s) + 1.
    case valid
    /// ceil((L − k) / s) + 1: the last window may hang over.
    case full
    /// ceil(L / s).
    case same
    /// As `full`, but no window starts behind the map: the last one is left out then (PyTorch, ONNX).
    case inside
  }

  /// What an average is divided by.
  package enum Divisor: String, Codable, Sendable {
    /// The window's elements inside the padded map: MXNet's `count_include_pad`.
    case padded
    /// The window's elements inside the map.
    case inside
    /// The kernel's elements, though the window hangs over (MXNet `Pooling_v1`).
    case kernel
  }

  package var function: Function
  /// Empty lists where `isGlobal`.
  package var geometry: ConvolutionGeometry
  package var convention: Convention
  package var divisor: Divisor
  /// Whether one window covers the whole map.
  package var isGlobal: Bool
  /// The norm's p; 0 for other functions.
  package var power: Int

  package init(
    _ function: Function, geometry: ConvolutionGeometry, convention: Convention = .valid,
    divisor: Divisor = .padded, power: Int = 0
  ) {
    self.function = function
    self.geometry = geometry
    self.convention = convention
    self.divisor = divisor
    isGlobal = false
    self.power = power
  }

  /// One window that covers the map.
  package static func global(_ function: Function, power: Int = 0) -> Pooling {
    var pooling = Pooling(
      function, geometry: ConvolutionGeometry(kernel: [], stride: [], dilation: [], padBegin: [], padEnd: []),
      power: power)
    pooling.isGlobal = true
    return pooling
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("power", power, in: function == .norm ? countRange : 0...0)
    try geometry.validate()
    guard !isGlobal else { return [ValueType(inputs.elementType(0), try globalOutput(inputs))] }
    try requireAttribute("kernel", geometry.rank, in: 1...3)
    let data = try inputs.require(0, rank: 2 + geometry.rank)
    var output = [data[0], data[1]]
    for axis in 0..<geometry.rank { output.append(try outputSize(axis, of: data[2 + axis])) }
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }

  private func globalOutput(_ inputs: InferredInputs) throws(OperatorError) -> PartialShape {
    try requireAttribute("kernel", geometry.rank, in: 0...0)
    guard let dimensions = inputs.shape(0).dimensions else { return .unknown }
    guard dimensions.count >= 3 else {
      throw .input("data", found: "\(dimensions.count) dimensions", expected: "at least 3: [N, C, …]")
    }
    return PartialShape(dimensions.prefix(2) + dimensions.dropFirst(2).map { _ in 1 })
  }

  /// Windows along a spatial axis of `size` elements.
  private func outputSize(_ axis: Int, of size: Int?) throws(OperatorError) -> Int? {
    guard let size, let whole = try geometry.outputSize(axis, of: size) else { return nil }
    // The geometry's own rule has checked the sum.
    let padded = size + geometry.padBegin[axis] + geometry.padEnd[axis]
    switch convention {
    case .valid: return whole
    case .full: return (padded - geometry.extent(axis)) % geometry.stride[axis] == 0 ? whole : whole + 1
    case .same: return (padded - 1) / geometry.stride[axis] + 1
    case .inside:
      let more = (padded - geometry.extent(axis)) % geometry.stride[axis] == 0 ? whole : whole + 1
      return (more - 1) * geometry.stride[axis] >= size + geometry.padBegin[axis] ? more - 1 : more
    }
  }
}
