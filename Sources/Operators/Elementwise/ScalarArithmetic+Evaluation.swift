internal import Bytes
package import Tensors

extension ScalarArithmetic {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    guard site.output().elementType.isFloatingPoint else { return try integerStep() }
    // A number of the data's type in the source, fp32.
    let scalar = T(Float(scalar))
    guard let kernel = function.kernel else {
      return scalarIsLeft ? .map { T.pow(scalar, $0) } : .map { T.pow($0, scalar) }
    }
    let held = Tensor([scalar], shape: [1])
    return Step { [kernels = site.kernels, scalarIsLeft] evaluation in
      let (x, number) = (evaluation.input(0), Elements<T>(held))
      evaluation.output().forEachChunk(of: 1 << 14, on: evaluation.threads) { start, y, _ in
        let part = x.span.extracting(start..<start + y.count)
        if scalarIsLeft {
          kernels.combine(kernel, number.span, part, into: &y, y.indices)
        } else {
          kernels.combine(kernel, part, number.span, into: &y, y.indices)
        }
      }
    }
  }

  private func integerStep<T: Lane>() throws(OperatorError) -> Step<T> {
    guard let scalar = Int(checked: scalar), scalarIsLeft || function != .divide || scalar != 0 else {
      throw .attribute("scalar", found: "\(scalar)", expected: "a number that whole ones are computed with")
    }
    return Step { [function, scalarIsLeft] evaluation throws(OperatorError) in
      let numbers = try evaluation.integers(0)
      if scalarIsLeft, function == .divide, numbers.contains(0) {
        throw .input("data", found: "a zero among whole numbers", expected: "divisors other than 0")
      }
      evaluation.write(
        numbers.map { scalarIsLeft ? function.apply(scalar, $0) : function.apply($0, scalar) })
    }
  }
}
