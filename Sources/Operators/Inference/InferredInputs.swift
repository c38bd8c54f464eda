package import Graphs
package import Tensors

/// What is known of a node's inputs while its shape rule runs.
package struct InferredInputs {
  /// Types by input; nil where an optional input is left out.
  package private(set) var types: [ValueType?]
  /// Values of inputs that are known before running: weights and folded shape arithmetic.
  package let constants: [Tensor?]
  private let names: [InputName]

  package init(types: [ValueType?], constants: [Tensor?], names: [InputName]) {
    precondition(types.count == constants.count, "\(types.count) types, \(constants.count) constants")
    self.types = types
    self.constants = constants
    self.names = names
  }

  package var count: Int { types.count }

  /// The shape of an input; unknown where it is left out.
  package func shape(_ index: Int) -> PartialShape {
    types.indices.contains(index) ? types[index]?.shape ?? .unknown : .unknown
  }

  package func elementType(_ index: Int) -> ElementType? {
    types.indices.contains(index) ? types[index]?.elementType ?? nil : nil
  }

  package func isPresent(_ index: Int) -> Bool { types.indices.contains(index) && types[index] != nil }

  package func constant(_ index: Int) -> Tensor? {
    constants.indices.contains(index) ? constants[index] : nil
  }

  package func name(_ index: Int) -> String {
    names.indices.contains(index) ? names[index].name : "\(index)"
  }

  /// Says what the shape of an input must be, as far as it follows; unknown dimensions of it become known.
  ///
  /// - Throws: `OperatorError` where the input has another shape.
  package mutating func require(_ index: Int, _ expected: [Int?]) throws(OperatorError) {
    guard types.indices.contains(index), let type = types[index] else { return }
    let wanted = PartialShape(expected)
    guard let merged = type.shape.merged(with: wanted) else {
      throw .input(name(index), found: "shape \(type.shape)", expected: "shape \(wanted)")
    }
    types[index]?.shape = merged
  }

  /// Says that an input has this many dimensions, and gives them.
  ///
  /// - Throws: `OperatorError` where it has another count of dimensions.
  package mutating func require(_ index: Int, rank: Int) throws(OperatorError) -> [Int?] {
    try require(index, Array(repeating: nil, count: rank))
    return shape(index).dimensions ?? Array(repeating: nil, count: rank)
  }
}
