package import Tensors

extension Convolution: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    list.addBias(hasBias ? 2 : nil) { $0.hasBias = true }
    list.addFilters(1)
    list.addGeometry(\.geometry)
    list.addGroups(groups, filters: 1)
    return list.all
  }
}

extension Deconvolution: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    list.addBias(hasBias ? 2 : nil) { $0.hasBias = true }
    list.addFilters(1)
    list.addGeometry(\.geometry)
    list.addGroups(groups)
    list.add("no adjustment", remedy: "add \(adjustment) rows and columns behind") {
      $0.adjustment = $0.adjustment.map { _ in 0 }
    }
    // A row added behind, cropped before instead: the map moves by one.
    list.add("the odd row cropped behind rather than before", remedy: "crop the odd row before") {
      guard targetShape.isEmpty, geometry.padBegin.allSatisfy({ $0 > 0 }) else { return }
      $0.geometry.padBegin = $0.geometry.padBegin.map { $0 - 1 }
      $0.geometry.padEnd = $0.geometry.padEnd.map { $0 + 1 }
    }
    return list.all
  }
}

extension FullyConnected: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    list.addBias(hasBias ? 2 : nil) { $0.hasBias = true }
    let weight = list.shape(1)
    guard weight.rank == 2 else { return list.all }
    list.add(
      "weights read as [in, out]", remedy: "transpose the weights to [out, in]", input: 1
    ) { $0.misread(as: [weight[1], weight[0]], transposed: [1, 0]) }
    let data = list.shape(0)
    if flattens, data.rank == 4 {
      list.add(
        "a map flattened channels last", remedy: "flatten the map as [channels, height, width]", input: 0
      ) { $0.transposed([0, 2, 3, 1]) }
      list.add(
        "a map flattened with height and width swapped",
        remedy: "flatten the map as [channels, height, width]", input: 0
      ) { $0.transposed([0, 1, 3, 2]) }
    }
    return list.all
  }
}
