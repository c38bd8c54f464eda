package import Tensors

extension Pooling: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    for (function, words) in [
      (Function.max, "the largest element of each window"), (.average, "the mean of each window"),
      (.sum, "the sum of each window"),
    ] {
      list.add(words, remedy: "pool by \(self.function.rawValue)") {
        $0.function = function
        $0.power = 0
      }
    }
    guard !isGlobal else { return list.all }
    for (convention, words) in [
      (Convention.valid, "window counts rounded down (floor)"), (.full, "window counts rounded up (ceil)"),
      (.same, "as many windows as strides (same)"),
    ] {
      list.add(words, remedy: "count windows by the rule '\(self.convention.rawValue)'") {
        $0.convention = convention
      }
    }
    if function == .average {
      for (divisor, words) in [
        (Divisor.padded, "means that count the padding"), (.inside, "means that do not count the padding"),
        (.kernel, "means over the whole kernel even where it hangs over"),
      ] {
        list.add(words, remedy: "divide by the rule '\(self.divisor.rawValue)'") { $0.divisor = divisor }
      }
    }
    list.addGeometry(\.geometry)
    list.add("kernels of the other axis", remedy: "give the kernel height before width") {
      $0.geometry.kernel.reverse()
    }
    addZeroPadding(to: &list)
    return list.all
  }

  /// A maximum into which the padding's zeros go.
  private func addZeroPadding(to list: inout AlternativeList<Self>) {
    let (before, behind) = (geometry.padBegin, geometry.padEnd)
    // Pads beyond any window's are none that a network has.
    guard function == .max, list.shape(0).rank == 4, geometry.rank == 2,
      (before + behind).max() ?? 0 > 0, (before + behind).allSatisfy({ $0 <= 64 })
    else { return }
    var bare = self
    bare.geometry.padBegin = [0, 0]
    bare.geometry.padEnd = [0, 0]
    list.append(
      Alternative(
        "maxima that count the padding's zeros", remedy: "leave the padding out of the maximum",
        operation: bare,
        inputs: { inputs in
          for axis in 0..<2 {
            inputs[0] = inputs[0]?.withZeros(before[axis], behind[axis], axis: 2 + axis)
          }
        }))
  }
}

extension Tensor {
  /// The tensor between slices of zeros along an axis, in fp64.
  fileprivate func withZeros(_ before: Int, _ behind: Int, axis: Int) -> Tensor {
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    let source = converted(to: Double.self)
    var result: [Double] = []
    for block in 0..<shape.dimensions[..<axis].reduce(1, *) {
      let start = block * shape[axis] * inner
      result += [Double](repeating: 0, count: before * inner)
      result += source[start..<start + shape[axis] * inner]
      result += [Double](repeating: 0, count: behind * inner)
    }
    var dimensions = shape.dimensions
    dimensions[axis] += before + behind
    return Tensor(result, shape: Shape(dimensions))
  }
}
