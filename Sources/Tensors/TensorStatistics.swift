/// What a tensor's elements look like as a whole.
package struct TensorStatistics: Hashable, Sendable {
  /// Elements, and how many of them are zero, NaN or infinite.
  package let count: Int
  package let zeros: Int
  package let nans: Int
  package let infinities: Int
  /// Over the finite elements, in fp64; nil where there are none.
  package let minimum: Double?
  package let maximum: Double?
  package let mean: Double?
  /// Standard deviation of the population.
  package let standardDeviation: Double?

  /// - Precondition: the element type is not opaque.
  /// - Complexity: two passes over the elements.
  package init(_ tensor: Tensor) {
    let values = tensor.converted(to: Double.self)
    var zeros = 0
    var nans = 0
    var infinities = 0
    var minimum = Double.infinity
    var maximum = -Double.infinity
    var sum = 0.0
    for value in values {
      if value.isFinite {
        minimum = min(minimum, value)
        maximum = max(maximum, value)
        sum += value
        if value == 0 { zeros += 1 }
      } else if value.isNaN {
        nans += 1
      } else {
        infinities += 1
      }
    }
    count = values.count
    self.zeros = zeros
    self.nans = nans
    self.infinities = infinities
    let finite = values.count - nans - infinities
    guard finite > 0 else {
      (self.minimum, self.maximum, mean, standardDeviation) = (nil, nil, nil, nil)
      return
    }
    let mean = sum / Double(finite)
    // The second pass is about the mean: the one-pass formula cancels.
    let squares = values.reduce(0.0) { $1.isFinite ? $0 + ($1 - mean) * ($1 - mean) : $0 }
    self.minimum = minimum
    self.maximum = maximum
    self.mean = mean
    standardDeviation = (squares / Double(finite)).squareRoot()
  }
}
