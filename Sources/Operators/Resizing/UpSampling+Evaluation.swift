package import Tensors

extension UpSampling {
  package var layout: LayoutPreference { method == .bilinear ? .channelsLast : .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let copies = method == .nearest && (combination == .concat || count == 1)
    for (index, input) in site.inputs.enumerated() where !copies {
      guard let type = input?.elementType, !type.isFloatingPoint else { continue }
      throw .input(inputs[index].name, found: "\(type.rawValue) elements", expected: "floating-point numbers")
    }
    if method == .bilinear { return try deconvolution.step(at: site) }
    guard copies else { return sum(at: site) }
    var channel = 0
    var assemblies: [Assembly] = []
    for index in 0..<count {
      assemblies.append(assembly(of: index, channel: channel, at: site))
      channel += site.input(index).shape[1]
    }
    return try .assembling(assemblies.map { (0, $0) }, at: site)
  }

  /// mxnet nn/upsampling.cc, GetDeconvolutionParam.
  var deconvolution: Deconvolution {
    // Half of scale − 1, rounded up.
    let pad = scale / 2
    return Deconvolution(
      geometry: ConvolutionGeometry(
        kernel: [kernel, kernel], stride: [scale, scale], dilation: [1, 1], padBegin: [pad, pad],
        padEnd: [pad, pad]), groups: filters, filters: filters, hasBias: false)
  }

  /// One input in its place: rows and columns of the output as two axes each, of which the inner one repeats.
  private func assembly<T>(of index: Int, channel: Int, at site: Site<T>) -> Assembly {
    let (input, output) = (site.input(index), site.output())
    let strides = input.dimensions.rowMajorStrides
    var view: [Int] = []
    var part = Assembly.Part(input: index, start: [], counts: [], first: 0, strides: [])
    let channels = input.axis(1)
    for (axis, size) in output.dimensions.enumerated() {
      let own = input.dimensions[axis]
      if axis == channels || axis == 0 {
        view.append(size)
        part.start.append(axis == channels ? channel : 0)
        part.counts.append(own)
        part.strides.append(strides[axis])
      } else {
        view += [own, own == 0 ? 0 : size / own]
        part.start += [0, 0]
        part.counts += view.suffix(2)
        part.strides += [strides[axis], 0]
      }
    }
    return Assembly(view, [part])
  }

  /// All inputs added in order.
  private func sum<T: Lane>(at site: Site<T>) -> Step<T> {
    let output = site.output()
    let strides = (0..<count).map { site.input($0).dimensions.rowMajorStrides }
    let factors = (0..<count).map { index in
      zip(output.dimensions, site.input(index).dimensions).map { $1 == 0 ? 1 : $0 / $1 }
    }
    let sizes = output.dimensions
    return Step { [count] evaluation in
      let inputs = (0..<count).map { evaluation.input($0) }
      let row = max(1, sizes[3])
      evaluation.output().forEachChunk(of: row, on: evaluation.threads) { start, y, _ in
        let line = start / row
        let position = [line / sizes[2] / sizes[1], line / sizes[2] % sizes[1], line % sizes[2]]
        for (index, input) in inputs.enumerated() {
          let first = (0..<3).reduce(0) { $0 + position[$1] / factors[index][$1] * strides[index][$1] }
          for place in y.indices {
            let value = input.span[first + place / factors[index][3]]
            y[place] = index == 0 ? value : y[place] + value
          }
        }
      }
    }
  }
}
