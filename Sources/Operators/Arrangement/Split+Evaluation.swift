package import Tensors

extension Split {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let input = site.input(0)
    let along = input.axis(axis)
    let strides = input.dimensions.rowMajorStrides
    var place = 0
    var assemblies: [(output: Int, assembly: Assembly)] = []
    for index in 0..<count {
      // A squeezed part is seen with its axis.
      var dimensions = input.dimensions
      dimensions[along] = sizes.isEmpty ? dimensions[along] / count : sizes[index]
      let part = Assembly.Part(
        start: dimensions.map { _ in 0 }, counts: dimensions, first: place * strides[along],
        strides: strides)
      assemblies.append((index, Assembly(dimensions, [part])))
      place += dimensions[along]
    }
    return try .assembling(assemblies, at: site)
  }
}
