internal import Bytes
package import Tensors

extension Tensor {
  /// The tensor with its elements in another order; its dimensions are those of memory, before and after.
  ///
  /// - Complexity: every element is moved once.
  package func permuted<T: Lane>(
    from: Layout, to: Layout, with kernels: any KernelSet<T>, on threads: Threads
  ) -> Tensor {
    guard from != to, shape.rank >= 3 else { return self }
    let memory = Memory(byteCount: byteCount)
    permute(from: from, to: to, into: memory, at: 0, with: kernels, on: threads)
    return Tensor(
      memory: memory, range: 0..<byteCount, elementType: elementType,
      shape: Shape(from.permuted(shape.dimensions)))
  }

  /// Writes the elements in another order.
  ///
  /// - Precondition: three dimensions at least, two layouts, and room in the memory from the offset on, which
  ///   nobody else uses meanwhile.
  package func permute<T: Lane>(
    from: Layout, to: Layout, into memory: Memory, at byteOffset: Int, with kernels: any KernelSet<T>,
    on threads: Threads
  ) {
    precondition(from != to && shape.rank >= 3, "\(shape) from \(from) to \(to)")
    guard shape.count > 0 else { return }
    // A batch of matrices, channels by places or places by channels.
    let matrix = shape.count / shape[0]
    let rows = from == .logical ? shape[1] : matrix / shape[shape.rank - 1]
    guard elementType == T.elementType else {
      return transposeWords(matrix: matrix, rows: rows, into: memory, at: byteOffset)
    }
    let source = Elements<T>(self)
    let target = MutableElements<T>(memory, byteOffset: byteOffset, count: shape.count)
    target.forEachChunk(of: matrix, on: threads) { start, chunk, _ in
      kernels.transpose(source.span.extracting(start..<start + matrix), rows: rows, into: &chunk)
    }
  }

  /// The same elements in memory of their own.
  package func copied() -> Tensor {
    let memory = Memory(byteCount: byteCount)
    memory.withMutableBytes { $0.copy(bytes, toByteOffset: 0) }
    return Tensor(memory: memory, range: 0..<byteCount, elementType: elementType, shape: shape)
  }

  private func transposeWords(matrix: Int, rows: Int, into memory: Memory, at byteOffset: Int) {
    func move<U: FixedWidthInteger & TensorElement>(_ word: U.Type) {
      let source = Elements<U>(reinterpreted(as: U.elementType))
      let target = MutableElements<U>(memory, byteOffset: byteOffset, count: shape.count)
      target.forEachChunk(of: matrix, on: Threads(1)) { start, chunk, _ in
        let columns = matrix / rows
        for place in 0..<matrix {
          chunk[place % columns * rows + place / columns] = source.span[start + place]
        }
      }
    }
    switch elementType.bitCount {
    case 8: move(UInt8.self)
    case 16: move(UInt16.self)
    case 32: move(UInt32.self)
    case 64: move(UInt64.self)
    default: preconditionFailure("\(elementType) is never computed with")
    }
  }
}

extension Layout {
  /// Dimensions in this order, three at least, brought into the other one.
  fileprivate func permuted(_ sizes: [Int]) -> [Int] {
    let rest = sizes.dropFirst()
    guard let first = sizes.first, let channels = self == .logical ? rest.first : rest.last else {
      return sizes
    }
    return self == .logical ? [first] + rest.dropFirst() + [channels] : [first, channels] + rest.dropLast()
  }
}
