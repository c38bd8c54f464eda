package import Tensors

extension Concat {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    try site.requireOneType(of: 0..<count)
    let output = site.output()
    let along = output.axis(axis)
    var place = 0
    let parts = (0..<count).map { index in
      let input = site.input(index).dimensions
      var start = Array(repeating: 0, count: input.count)
      start[along] = place
      place += input[along]
      return Assembly.Part(
        input: index, start: start, counts: input, first: 0, strides: input.rowMajorStrides)
    }
    return try .assembling(Assembly(output.dimensions, parts), at: site)
  }
}
