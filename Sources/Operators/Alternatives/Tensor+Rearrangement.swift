package import Tensors

extension Tensor {
  /// A function of each element, in fp64.
  package func mapElements(_ function: (Double) -> Double) -> Tensor {
    Tensor(converted(to: Double.self).map(function), shape: shape)
  }

  /// Slices along an axis, in the order of these places; a place may repeat. In fp64.
  ///
  /// - Precondition: the places are the axis's.
  package func selecting(_ places: [Int], axis: Int) -> Tensor {
    let source = converted(to: Double.self)
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    let outer = shape.dimensions[..<axis].reduce(1, *)
    var dimensions = shape.dimensions
    dimensions[axis] = places.count
    var result: [Double] = []
    result.reserveCapacity(outer * places.count * inner)
    for block in 0..<outer {
      for place in places {
        let start = (block * shape[axis] + place) * inner
        result += source[start..<start + inner]
      }
    }
    return Tensor(result, shape: Shape(dimensions))
  }

  /// The axes in another order, in fp64: axis i of the result is axis `order[i]`.
  ///
  /// - Precondition: `order` holds every axis once.
  package func transposed(_ order: [Int]) -> Tensor {
    let source = converted(to: Double.self)
    var strides = [Int](repeating: 1, count: shape.rank)
    for axis in strides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    let dimensions = order.map { shape[$0] }
    var result: [Double] = []
    result.reserveCapacity(source.count)
    var place = [Int](repeating: 0, count: shape.rank)
    var offset = 0
    for _ in 0..<source.count {
      result.append(source[offset])
      // The last axis runs fastest; one that is through starts again, and the one before it goes on.
      for axis in place.indices.reversed() {
        place[axis] += 1
        offset += strides[order[axis]]
        if place[axis] < dimensions[axis] { break }
        offset -= dimensions[axis] * strides[order[axis]]
        place[axis] = 0
      }
    }
    return Tensor(result, shape: Shape(dimensions))
  }

  /// The slices along an axis from the last to the first.
  package func reversed(axis: Int) -> Tensor { selecting((0..<shape[axis]).reversed(), axis: axis) }

  /// The same bytes as other dimensions whose axes are then put in another order: what comes of a reader that
  /// takes memory for another layout.
  func misread(as dimensions: [Int], transposed order: [Int]) -> Tensor {
    reshaped(to: Shape(dimensions)).transposed(order)
  }
}
