internal import Operators
internal import Tensors

/// Arithmetic of shapes, and moves of elements.
extension ONNXComposer {
  // MARK: Sizes

  /// A value's dimensions, int64 `[rank]`.
  mutating func shape(_ a: Wire) -> Wire { node("Shape", [a]) }

  /// One dimension of a value, int64 `[1]`.
  mutating func size(_ a: Wire, _ axis: Int) -> Wire {
    node("Shape", [a], ["start": .integer(axis), "end": .integer(axis + 1)])
  }

  /// One dimension of a value in fp32, `[1]`.
  mutating func floatSize(_ a: Wire, _ axis: Int) -> Wire { cast(size(a, axis), to: .float32) }

  /// 0, 1, …, int64.
  ///
  /// - Parameter count: int64 `[1]`.
  mutating func range(_ count: Wire) -> Wire {
    node("Range", [integers([0], []), squeeze(count, [0]), integers([1], [])])
  }

  // MARK: Moves

  mutating func join(_ parts: [Wire], _ axis: Int) -> Wire {
    node("Concat", parts.map(Optional.some), ["axis": .integer(axis)])
  }

  /// The same elements under a shape in ONNX's codes: 0 keeps a dimension, −1 takes what is left.
  mutating func reshape(_ a: Wire, _ shape: [Int]) -> Wire { reshape(a, to: integers(shape)) }

  mutating func reshape(_ a: Wire, to shape: Wire) -> Wire { node("Reshape", [a, shape]) }

  mutating func transpose(_ a: Wire, _ axes: [Int]) -> Wire {
    node("Transpose", [a], ["perm": .integers(axes)])
  }

  mutating func squeeze(_ a: Wire, _ axes: [Int]) -> Wire { node("Squeeze", [a, integers(axes)]) }
  mutating func unsqueeze(_ a: Wire, _ axes: [Int]) -> Wire { node("Unsqueeze", [a, integers(axes)]) }

  mutating func gather(_ a: Wire, _ indices: Wire, _ axis: Int) -> Wire {
    node("Gather", [a, indices], ["axis": .integer(axis)])
  }

  /// One place of an axis, which goes.
  mutating func pick(_ a: Wire, _ index: Int, _ axis: Int) -> Wire { gather(a, integers([index], []), axis) }

  /// Elements of one axis from `begin` on, up to `end`.
  mutating func slice(_ a: Wire, _ axis: Int, from begin: Int, to end: Int = Int(Int32.max)) -> Wire {
    node("Slice", [a, integers([begin]), integers([end]), integers([axis])])
  }

  /// The elements of the only axis, the last one first.
  mutating func reverse(_ a: Wire) -> Wire {
    node(
      "Slice", [a, integers([-1]), integers([-Int(Int32.max)]), integers([0]), integers([-1])])
  }
}
