package import Tensors

extension Concat: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    list.add("parts in reversed order", remedy: "keep the order of the parts", inputs: { $0.reverse() })
    for other in 0..<list.shape(0).rank {
      list.add("parts joined along axis \(other)", remedy: "join along axis \(axis)") { $0.axis = other }
    }
    return list.all
  }
}

extension Crop: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    list.add("a crop from the first row and column", remedy: "start at \(offset)") {
      $0.offset = [0, 0]
      $0.isCentered = false
    }
    list.add("a crop of the middle", remedy: "start at \(offset)") {
      $0.offset = [0, 0]
      $0.isCentered = true
    }
    list.add("the other axis's offset", remedy: "give the offset as row, column") { $0.offset.reverse() }
    for (row, column) in [(-1, -1), (-1, 0), (0, -1), (0, 1), (1, 0), (1, 1)] {
      list.add("a crop that starts at \([offset[0] + row, offset[1] + column])", remedy: "start at \(offset)")
      {
        $0.offset = [$0.offset[0] + row, $0.offset[1] + column]
      }
    }
    return list.all
  }
}

extension Slice: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    for shift in [-1, 1] where axes.count == 1 && abs(begin[0] / 2) < .max / 4 && abs(end[0] / 2) < .max / 4 {
      list.add("a slice that starts at \(begin[0] + shift)", remedy: "start at \(begin[0])") {
        $0.begin[0] += shift
        $0.end[0] += shift
      }
    }
    return list.all
  }
}

extension UpSampling: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    if method == .nearest {
      list.append(
        Alternative(
          "bilinear upsampling (corners aligned)", remedy: "repeat rows and columns",
          operation: BilinearResize(scales: [Double(scale), Double(scale)], alignsCorners: true)))
      list.append(
        Alternative(
          "bilinear upsampling (half pixels)", remedy: "repeat rows and columns",
          operation: BilinearResize(scales: [Double(scale), Double(scale)], alignsCorners: false)))
    }
    return list.all
  }
}

extension BilinearResize: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    list.add(
      alignsCorners ? "corners that are not aligned (half pixels)" : "corners that are aligned",
      remedy: alignsCorners ? "let the corners' elements keep their places" : "use half-pixel positions"
    ) { $0.alignsCorners.toggle() }
    return list.all
  }
}
