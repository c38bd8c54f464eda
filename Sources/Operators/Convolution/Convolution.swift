package import Graphs

/// Cross-correlation of a map with a bank of filters.
///
/// Inputs: data `[N, C, H, W]`, weight `[M, C/groups, Kh, Kw]`, bias `[M]` where `hasBias`; output
/// `[N, M, Ho, Wo]`. One and three spatial dimensions work alike.
package struct Convolution: Operator {
  package static let name = "Convolution"

  package var geometry: ConvolutionGeometry
  package var groups: Int
  /// Channels of the output.
  package var filters: Int
  package var hasBias: Bool

  package init(geometry: ConvolutionGeometry, groups: Int = 1, filters: Int, hasBias: Bool) {
    self.geometry = geometry
    self.groups = groups
    self.filters = filters
    self.hasBias = hasBias
  }

  package var inputs: [InputName] {
    [InputName("data"), InputName("weight", .parameter)] + (hasBias ? [InputName("bias", .parameter)] : [])
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let output = try inferConvolution(
      &inputs, geometry: geometry, groups: groups, filters: filters, weight: 1, bias: hasBias ? 2 : nil)
    return [ValueType(inputs.elementType(0), output)]
  }
}

/// The shape rule that plain and deformable convolutions share.
///
/// - Throws: `OperatorError` where channels, groups, window and map do not fit each other.
func inferConvolution(
  _ inputs: inout InferredInputs, geometry: ConvolutionGeometry, groups: Int, filters: Int, weight: Int,
  bias: Int?
) throws(OperatorError) -> PartialShape {
  try geometry.validate()
  guard groups >= 1, filters >= 1, filters % groups == 0 else {
    throw .attribute("groups", found: "\(groups)", expected: "a divisor of \(filters) filters")
  }
  let data = try inputs.require(0, rank: 2 + geometry.rank)
  if let channels = data[1], channels % groups != 0 {
    throw .input("data", found: "\(channels) channels", expected: "a multiple of \(groups) groups")
  }
  try inputs.require(weight, [filters, data[1].map { $0 / groups }] + geometry.kernel.map(Optional.some))
  if let bias { try inputs.require(bias, [filters]) }
  var output: [Int?] = [data[0], filters]
  for axis in 0..<geometry.rank { output.append(try geometry.outputSize(axis, of: data[2 + axis])) }
  return PartialShape(output)
}
