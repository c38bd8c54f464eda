package import Tensors

extension Binary: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    for function in Function.allCases {
      list.add("the operator '\(function.rawValue)'", remedy: "compute '\(self.function.rawValue)'") {
        $0.function = function
      }
    }
    if function == .subtract || function == .divide || function == .power {
      list.add("operands exchanged", remedy: "keep the order of the operands", inputs: { $0.swapAt(0, 1) })
    }
    return list.all
  }
}

extension AddN: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    for index in 0..<min(count, 16) {
      list.add("a sum without input \(index)", remedy: "add all \(count) inputs", input: index) {
        $0.mapElements { _ in 0 }
      }
      list.add("input \(index) added twice", remedy: "add each input once", input: index) {
        $0.mapElements { 2 * $0 }
      }
    }
    return list.all
  }
}

extension Activation: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    for function in Function.allCases {
      list.add("the activation '\(function.rawValue)'", remedy: "apply '\(self.function.rawValue)'") {
        $0.function = function
      }
    }
    for slope in [0.01, 0.1, 0.2, 0.25] {
      list.append(
        Alternative(
          "a leaky relu of slope \(slope)", remedy: "apply '\(function.rawValue)'",
          operation: LeakyReLU(.leaky, slope: slope)))
    }
    return list.all
  }
}

extension Softmax: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    let rank = list.shape(0).rank
    let declared = axis < 0 ? axis + rank : axis
    for other in 0..<rank where other != declared || span == .trailing {
      list.add("a softmax along axis \(other)", remedy: "sum along axis \(declared)") {
        $0.axis = other
        $0.span = .axis
      }
    }
    if span == .axis, declared < rank - 1 {
      list.add("one softmax over all axes from \(declared) on", remedy: "sum along axis \(declared) alone") {
        $0.span = .trailing
      }
    }
    list.add("no temperature", remedy: "divide by \(temperature) first") { $0.temperature = 1 }
    list.append(
      Alternative(
        "a sigmoid", remedy: "divide the exponentials by their sum", operation: Activation(.sigmoid),
        inputs: { $0 = Array($0.prefix(1)) }))
    list.add(
      "a softmax applied twice", remedy: "apply the softmax once",
      inputs: { [self] inputs in
        inputs[0] = try? evaluate(inputs, as: Double.self).first
      })
    return list.all
  }
}

extension LeakyReLU: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    for slope in [0.01, 0.1, 0.2, 0.25, 0.3] where function == .leaky || function == .elu {
      list.add("a slope of \(slope)", remedy: "multiply by \(self.slope) below 0") { $0.slope = slope }
    }
    list.append(
      Alternative(
        "a relu", remedy: "let a share of what is below 0 pass", operation: Activation(.relu),
        inputs: { $0 = Array($0.prefix(1)) }))
    return list.all
  }
}
