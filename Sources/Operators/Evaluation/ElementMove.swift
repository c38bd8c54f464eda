internal import Tensors

/// Work that puts elements elsewhere and need not know what they are: it moves words of their size.
protocol ElementMove: Sendable {
  /// Writes every element of output 0.
  func run<T: Lane, U: TensorElement>(
    _ evaluation: Evaluation<T>, as word: U.Type
  ) throws(OperatorError)
}

extension Step {
  static func moving(_ move: some ElementMove) -> Step {
    Step { evaluation throws(OperatorError) in
      switch evaluation.outputType.bitCount {
      case 8: try move.run(evaluation, as: UInt8.self)
      case 16: try move.run(evaluation, as: UInt16.self)
      case 32: try move.run(evaluation, as: UInt32.self)
      case 64: try move.run(evaluation, as: UInt64.self)
      default:
        throw OperatorError("output", found: "\(evaluation.outputType)", expected: "a type of whole bytes")
      }
    }
  }
}

extension Evaluation {
  /// The type of output 0, which has memory.
  fileprivate var outputType: ElementType {
    guard let output = outputs.first, let output else {
      preconditionFailure("output 0 has no memory: emit it")
    }
    return output.elementType
  }

  /// The elements of an input as words of their size.
  func words<U: TensorElement>(_ index: Int, as word: U.Type) -> Elements<U> {
    let tensor = tensor(index)
    precondition(tensor.elementType.bitCount == U.elementType.bitCount, "\(tensor.elementType) as \(U.self)")
    return Elements(tensor.reinterpreted(as: U.elementType))
  }
}

extension MutableElements {
  /// Writes rows of `length` elements, many at a time on all threads.
  func forEachRow(
    of length: Int, on threads: Threads,
    _ body: @Sendable (_ row: Int, _ elements: inout MutableSpan<T>) -> Void
  ) {
    guard length > 0 else { return }
    let (rows, group) = (count / length, max(1, (1 << 14) / length))
    threads.forEach((rows + group - 1) / group) { piece, _ in
      for row in piece * group..<min((piece + 1) * group, rows) {
        self[row * length..<(row + 1) * length].withSpan { body(row, &$0) }
      }
    }
  }
}
