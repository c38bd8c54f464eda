internal import Bytes
internal import Synchronization
package import Tensors

/// One run of a step: the values that it takes, and the memory that it writes.
///
/// Values stand in the layouts of the site that the step was prepared for.
package struct Evaluation<T: Lane>: Sendable {
  /// Memory of one output, of the site's element type and shape.
  package struct Output: Sendable {
    let elementType: ElementType
    let memory: Memory
    let byteOffset: Int
    let count: Int

    package init(elementType: ElementType, memory: Memory, byteOffset: Int, count: Int) {
      self.elementType = elementType
      self.memory = memory
      self.byteOffset = byteOffset
      self.count = count
    }
  }

  /// Nil where an optional input is left out. Floating-point values are held as `T`.
  package let inputs: [Tensor?]
  let outputs: [Output?]
  package let threads: Threads
  /// `threads.count` times the step's scratch elements.
  let scratch: MutableElements<T>
  let emissions = Emissions()

  package init(inputs: [Tensor?], outputs: [Output?], threads: Threads, scratch: MutableElements<T>) {
    self.inputs = inputs
    self.outputs = outputs
    self.threads = threads
    self.scratch = scratch
  }

  package func hasInput(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

  /// An input as a tensor: its dimensions are those in memory order.
  ///
  /// - Precondition: it is not left out.
  package func tensor(_ index: Int) -> Tensor {
    guard index < inputs.count, let input = inputs[index] else {
      preconditionFailure("input \(index) of \(inputs.count) is left out")
    }
    return input
  }

  /// The elements of a floating-point input.
  package func input(_ index: Int) -> Elements<T> { Elements(tensor(index)) }

  /// The elements of an input of any type as whole numbers; fractions are cut off.
  ///
  /// - Throws: `OperatorError` where one is NaN or does not fit.
  package func integers(_ index: Int) throws(OperatorError) -> [Int] {
    guard let numbers = tensor(index).wholeNumbers else {
      throw OperatorError("input \(index)", found: "a number that is not finite", expected: "whole numbers")
    }
    return numbers
  }

  /// The memory of a floating-point output.
  package func output(_ index: Int = 0) -> MutableElements<T> { output(index, of: T.self) }

  /// The memory of an output of another type; booleans are bytes of 0 and 1.
  ///
  /// - Precondition: it is the site's element type, and the shape is known before running.
  package func output<U: TensorElement>(_ index: Int, of type: U.Type) -> MutableElements<U> {
    guard index < outputs.count, let output = outputs[index] else {
      preconditionFailure("output \(index) has no memory: emit it")
    }
    let stored: ElementType = output.elementType == .bool ? .uint8 : output.elementType
    precondition(stored == U.elementType, "\(output.elementType) is not \(U.elementType)")
    return MutableElements(output.memory, byteOffset: output.byteOffset, count: output.count)
  }

  /// Whether there is an output of this number that somebody uses.
  package func hasOutput(_ index: Int) -> Bool { index < outputs.count && outputs[index] != nil }

  /// Elements of an output.
  package func outputCount(_ index: Int = 0) -> Int { index < outputs.count ? outputs[index]?.count ?? 0 : 0 }

  /// Writes whole numbers to an output of any integer type, cut to its bits, or of booleans.
  package func write(_ numbers: [Int], to index: Int = 0) {
    guard index < outputs.count, let output = outputs[index] else {
      preconditionFailure("output \(index) has no memory: emit it")
    }
    switch output.elementType {
    case .int8: store(numbers, Int8.self, index) { Int8(truncatingIfNeeded: $0) }
    case .int16: store(numbers, Int16.self, index) { Int16(truncatingIfNeeded: $0) }
    case .int32: store(numbers, Int32.self, index) { Int32(truncatingIfNeeded: $0) }
    case .int64: store(numbers, Int64.self, index) { Int64($0) }
    case .uint8: store(numbers, UInt8.self, index) { UInt8(truncatingIfNeeded: $0) }
    case .uint16: store(numbers, UInt16.self, index) { UInt16(truncatingIfNeeded: $0) }
    case .uint32: store(numbers, UInt32.self, index) { UInt32(truncatingIfNeeded: $0) }
    case .uint64: store(numbers, UInt64.self, index) { UInt64(truncatingIfNeeded: $0) }
    case .bool: store(numbers, UInt8.self, index) { $0 == 0 ? 0 : 1 }
    default: store(numbers, T.self, index) { T($0) }
    }
  }

  private func store<U: TensorElement>(
    _ numbers: [Int], _ type: U.Type, _ index: Int, _ convert: (Int) -> U
  ) {
    output(index, of: U.self).withSpan { target in
      precondition(numbers.count == target.count, "\(numbers.count) numbers for \(target.count)")
      for place in target.indices { target[place] = convert(numbers[place]) }
    }
  }

  /// The memory of an output as words of its elements' size: for work that moves elements of any type.
  ///
  /// - Precondition: an element has as many bits, and the shape is known before running.
  package func outputWords<U: TensorElement>(_ index: Int, as type: U.Type) -> MutableElements<U> {
    guard index < outputs.count, let output = outputs[index] else {
      preconditionFailure("output \(index) has no memory: emit it")
    }
    precondition(output.elementType.bitCount == U.elementType.bitCount, "\(output.elementType)")
    return MutableElements(output.memory, byteOffset: output.byteOffset, count: output.count)
  }

  /// The memory of an output as bytes: for work that moves elements of any type.
  package func outputBytes(_ index: Int = 0) -> MutableElements<UInt8> {
    guard index < outputs.count, let output = outputs[index],
      let byteCount = output.elementType.byteCount(of: output.count)
    else { preconditionFailure("output \(index) has no memory: emit it") }
    return MutableElements(output.memory, byteOffset: output.byteOffset, count: byteCount)
  }

  /// Copies an input's elements to output 0 as they stand.
  package func copyBytes(of input: Int) {
    guard let output = outputs.first ?? nil else { preconditionFailure("output 0 has no memory") }
    let source = tensor(input)
    output.memory.withMutableBytes { $0.copy(source.bytes, toByteOffset: output.byteOffset) }
  }

  /// The scratch memory of one worker; it holds anything.
  package func scratch(of worker: Int) -> MutableElements<T> {
    let size = scratch.count / threads.count
    return scratch[worker * size..<(worker + 1) * size]
  }

  /// Gives an output whose shape follows from the data alone, in logical order.
  package func emit(_ tensor: Tensor, as output: Int) { emissions.tensors.withLock { $0[output] = tensor } }

  /// What was emitted, by output.
  package var emitted: [Int: Tensor] { emissions.tensors.withLock { $0 } }
}

/// Outputs that a step brought itself.
final class Emissions: Sendable {
  let tensors = Mutex<[Int: Tensor]>([:])
}
