internal import Tensors

extension MatrixProduct {
  /// Products of whole numbers, which wrap around as in every framework (ONNX MatMul-9, Gemm-9).
  func wholeStep<T: Lane>(_ plan: MatrixPlan, at site: Site<T>) throws(OperatorError) -> Step<T> {
    let type = site.output().elementType
    guard type != .bool else {
      throw .input("left", found: "bool elements", expected: "numbers")
    }
    guard let scale = Int(exactly: scale), let addendScale = Int(exactly: addendScale) else {
      throw .attribute(
        "scale", found: "\(self.scale) and \(self.addendScale) for \(type.rawValue) elements",
        expected: "whole numbers")
    }
    let addend = hasAddend ? StridedView(repeating: site.input(2).shape, to: site.output().shape) : nil
    return Step { evaluation throws(OperatorError) in
      let (left, right) = (try evaluation.integers(0), try evaluation.integers(1))
      var result = plan.multiply(left, right)
      if scale != 1 { result = result.map { $0 &* scale } }
      if let addend {
        let values = try evaluation.integers(2)
        for index in result.indices {
          let place =
            addend.start(ofRow: index / addend.rowLength) + index % addend.rowLength * addend.rowStride
          result[index] = result[index] &+ addendScale &* values[place]
        }
      }
      evaluation.write(result)
    }
  }
}

extension MatrixPlan {
  /// All products of whole numbers, in the output's order.
  fileprivate func multiply(_ left: [Int], _ right: [Int]) -> [Int] {
    let (a, b) = (left.span, right.span)
    let (leftStep, rightStep) = (transposesLeft ? rows : 1, transposesRight ? 1 : columns)
    var result: [Int] = []
    result.reserveCapacity(lefts.count * rows * columns)
    for product in lefts.indices {
      for row in 0..<rows {
        let first = lefts[product] * rows * depth + row * (transposesLeft ? 1 : depth)
        for column in 0..<columns {
          let other = rights[product] * depth * columns + column * (transposesRight ? depth : 1)
          var sum = 0
          for k in 0..<depth { sum = sum &+ a[first + k * leftStep] &* b[other + k * rightStep] }
          result.append(sum)
        }
      }
    }
    return result
  }
}
