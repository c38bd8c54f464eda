package import Tensors

extension Slice {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let input = site.input(0)
    var part = Assembly.Part(whole: site.output(), of: input)
    for (index, axis) in axes.enumerated() {
      let along = input.axis(axis)
      part.first += range(index, of: input.dimensions[along]).first * part.strides[along]
      part.strides[along] *= step[index]
    }
    return try .assembling(Assembly(site.output().dimensions, [part]), at: site)
  }
}

extension Assembly.Part {
  /// The whole output, from an input of as many axes in the same layout, its first elements along each.
  init<T>(whole output: Site<T>.Argument, of input: Site<T>.Argument, index: Int = 0) {
    let sizes = output.dimensions
    self.init(
      input: index, start: sizes.map { _ in 0 }, counts: sizes, first: 0,
      strides: input.dimensions.rowMajorStrides)
  }
}
