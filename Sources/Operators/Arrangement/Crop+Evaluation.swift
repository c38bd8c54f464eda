package import Tensors

extension Crop {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let (input, output) = (site.input(0), site.output())
    var part = Assembly.Part(whole: output, of: input)
    for axis in 0..<2 {
      let along = input.axis(2 + axis)
      let spare = input.dimensions[along] - output.dimensions[along]
      part.first += (isCentered ? spare / 2 : offset[axis]) * part.strides[along]
    }
    return try .assembling(Assembly(output.dimensions, [part]), at: site)
  }
}
