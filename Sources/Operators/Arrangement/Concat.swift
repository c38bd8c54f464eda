internal import Bytes
package import Graphs
internal import OrderedCollections

/// Tensors one after another along an axis; their other dimensions agree.
package struct Concat: Operator {
  package static let name = "Concat"

  /// How many inputs there are.
  package var count: Int
  /// Negative from the end.
  package var axis: Int

  package init(count: Int, axis: Int) {
    self.count = count
    self.axis = axis
  }

  package var inputs: [InputName] { .numbered(count) }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("count", count, in: inputCountRange)
    guard let rank = (0..<count).lazy.compactMap({ [inputs] in inputs.shape($0).rank }).first else {
      return [ValueType(inputs.elementType(0), .unknown)]
    }
    let axis = try resolveAxis(axis, rank: rank)
    var output = [Int?](repeating: nil, count: rank)
    var length: Int? = 0
    for index in 0..<count {
      output[axis] = nil
      try inputs.require(index, output)
      output = inputs.shape(index).dimensions ?? output
      length = try sum(length, output[axis])
    }
    output[axis] = nil
    for index in 0..<count { try inputs.require(index, output) }
    output[axis] = length
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }

  private func sum(_ a: Int?, _ b: Int?) throws(OperatorError) -> Int? {
    guard let a, let b else { return nil }
    guard let sum = a.plusChecked(b) else {
      throw .input("input0", found: "dimensions whose sum is beyond 64 bits", expected: "smaller ones")
    }
    return sum
  }
}

extension Concat {
  /// MXNet `Concat` (nn/concat-inl.h).
  package static let mxnet: MXNetDialect<Concat>? = MXNetDialect(
    names: ["Concat", "concat"],
    read: { attributes throws(OperatorError) in
      Concat(
        count: try attributes.integer("num_args"), axis: try attributes.integer("dim", default: 1))
    },
    write: { concat throws(OperatorError) in
      ("Concat", ["num_args": "\(concat.count)", "dim": "\(concat.axis)"])
    },
    inputNames: { concat in concat.inputs.indices.map { "arg\($0)" } })
}
