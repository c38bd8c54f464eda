package import Tensors

extension Tensor {
  /// The tensor with its elements in another order; its dimensions are those of memory, before and after.
  ///
  /// - Complexity: every element is moved once.
  package func permuted<T: Lane>(
    from: Layout, to: Layout, with kernels: any KernelSet<T>, on threads: Threads
  ) -> Tensor {
    guard from != to, shape.rank >= 3 else { return self }
    let target = Shape(from.permuted(shape.dimensions))
    guard shape.count > 0 else { return reshaped(to: target) }
    // A batch of matrices, channels by places or places by channels.
    let rows = from == .logical ? shape[1] : shape.count / shape[0] / shape[shape.rank - 1]
    let matrix = shape.count / shape[0]
    let memory = Memory(byteCount: byteCount)
    if elementType == T.elementType {
      let source = Elements<T>(self)
      MutableElements<T>(memory, byteOffset: 0, count: shape.count).forEachChunk(of: matrix, on: threads) {
        start, chunk, _ in
        kernels.transpose(source.span.extracting(start..<start + matrix), rows: rows, into: &chunk)
      }
    } else {
      transposeWords(matrix: matrix, rows: rows, into: memory)
    }
    return Tensor(memory: memory, range: 0..<byteCount, elementType: elementType, shape: target)
  }

  private func transposeWords(matrix: Int, rows: Int, into memory: Memory) {
    func move<U: FixedWidthInteger & TensorElement>(_ word: U.Type) {
      let source = Elements<U>(reinterpreted(as: U.elementType))
      MutableElements<U>(memory, byteOffset: 0, count: shape.count).forEachChunk(of: matrix, on: Threads(1)) {
        start, chunk, _ in
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
