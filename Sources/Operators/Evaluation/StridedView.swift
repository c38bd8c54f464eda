internal import Tensors

/// Elements of a tensor in another order, some of them repeated or left out: element [i, j, …] of the view is
/// element `offset + i·strides[0] + j·strides[1] + …` of the tensor.
struct StridedView: Sendable {
  let sizes: [Int]
  let strides: [Int]
  let offset: Int

  /// - Precondition: as many strides as sizes, and every element lies in the tensor.
  init(sizes: [Int], strides: [Int], offset: Int = 0) {
    precondition(sizes.count == strides.count, "\(sizes) by \(strides)")
    // A scalar is a row of one.
    self.sizes = sizes.isEmpty ? [1] : sizes
    self.strides = strides.isEmpty ? [0] : strides
    self.offset = offset
  }

  /// A tensor repeated along its missing dimensions and those of 1, aligned at the last.
  ///
  /// - Precondition: the shapes fit.
  init(repeating shape: Shape, to output: Shape) {
    let own = StridedView.rowMajor(shape.dimensions)
    let missing = output.rank - shape.rank
    self.init(
      sizes: output.dimensions,
      strides: output.dimensions.indices.map { axis in
        axis < missing || shape[axis - missing] == 1 ? 0 : own[axis - missing]
      })
  }

  /// Elements from one index to the next along each axis.
  static func rowMajor(_ sizes: [Int]) -> [Int] {
    var strides = sizes
    var stride = 1
    for axis in sizes.indices.reversed() {
      strides[axis] = stride
      stride *= sizes[axis]
    }
    return strides
  }

  /// Elements along the last axis.
  var rowLength: Int { sizes[sizes.count - 1] }
  var rowStride: Int { strides[strides.count - 1] }
  var count: Int { sizes.reduce(1, *) }

  /// The tensor's element at which a row along the last axis begins.
  func start(ofRow row: Int) -> Int {
    var place = offset
    var rest = row
    for axis in sizes.indices.dropLast().reversed() {
      place += rest % sizes[axis] * strides[axis]
      rest /= sizes[axis]
    }
    return place
  }
}
