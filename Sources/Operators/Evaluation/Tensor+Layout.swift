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
    let memory = Memory(writtenByteCount: byteCount)
    permute(from: from, to: to, into: memory, at: 0, with: kernels, on: threads)
    return Tensor(
      memory: memory, range: 0..<byteCount, elementType: elementType,
      shape: Shape(to.physical(from.logical(shape))))
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
    if let (matrix, rows, groups) = from.matrices(of: shape, to: to) {
      return transpose(
        matrix: matrix, rows: rows, groups: groups, into: memory, at: byteOffset, with: kernels, on: threads)
    }
    permuted(from: from, to: .channelsLast, with: kernels, on: threads)
      .permute(from: .channelsLast, to: to, into: memory, at: byteOffset, with: kernels, on: threads)
  }

  /// Transposes matrices of so many elements that follow one another, their rows regrouped as a `Transposition` says.
  private func transpose<T: Lane>(
    matrix: Int, rows: Int, groups: Int, into memory: Memory, at byteOffset: Int,
    with kernels: any KernelSet<T>, on threads: Threads
  ) {
    guard elementType == T.elementType else {
      return transposeWords(matrix: matrix, rows: rows, groups: groups, into: memory, at: byteOffset)
    }
    let source = Elements<T>(self)
    let target = MutableElements<T>(memory, byteOffset: byteOffset, count: shape.count)
    let columns = matrix / rows
    let (step, pieces) = Self.pieces(rows: rows, columns: columns)
    threads.forEach(shape.count / matrix * pieces) { piece, _ in
      let start = piece / pieces * matrix
      let part = piece % pieces * step..<min((piece % pieces + 1) * step, columns)
      target[start + part.lowerBound * rows..<start + part.upperBound * rows].withSpan {
        kernels.transpose(
          source.span.extracting(start..<start + matrix),
          Transposition(rows: rows, columns: part, groups: groups), into: &$0)
      }
    }
  }

  /// Columns of a piece, and how many pieces a matrix has: enough for two threads to finish together.
  private static func pieces(rows: Int, columns: Int) -> (step: Int, count: Int) {
    // Long rows of the result are written whole, long ones of the matrix read a stretch at a time.
    let most = rows > columns ? 32 : max(64, min(512, (1 << 18) / rows / 64 * 64))
    let count = (columns + most - 1) / most
    if count <= 1 { return (columns, 1) }
    let even = (count + 1) / 2 * 2
    let step = ((columns + even - 1) / even + 15) / 16 * 16
    return (step, (columns + step - 1) / step)
  }

  /// The same elements in memory of their own.
  package func copied() -> Tensor {
    let memory = Memory(byteCount: byteCount)
    memory.withMutableBytes { $0.copy(bytes, toByteOffset: 0) }
    return Tensor(memory: memory, range: 0..<byteCount, elementType: elementType, shape: shape)
  }

  private func transposeWords(
    matrix: Int, rows: Int, groups: Int, into memory: Memory, at byteOffset: Int
  ) {
    func move<U: FixedWidthInteger & TensorElement>(_ word: U.Type) {
      let source = Elements<U>(reinterpreted(as: U.elementType))
      let target = MutableElements<U>(memory, byteOffset: byteOffset, count: shape.count)
      target.forEachChunk(of: matrix, on: Threads(1)) { start, chunk, _ in
        let (columns, size) = (matrix / rows, rows / groups)
        for row in 0..<rows {
          let line = start + (row % size * groups + row / size) * columns
          for column in 0..<columns { chunk[column * rows + row] = source.span[line + column] }
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
  /// The logical shape of dimensions in this order, three at least.
  fileprivate func logical(_ physical: Shape) -> Shape {
    let sizes = physical.dimensions
    switch self {
    case .logical: return physical
    case .channelsLast: return Shape([sizes[0], sizes[sizes.count - 1]] + sizes[1..<sizes.count - 1])
    case .grouped:
      let channels = sizes[sizes.count - 2] * sizes[sizes.count - 1]
      return Shape([sizes[0], channels] + sizes[1..<sizes.count - 2])
    }
  }

  /// Elements, rows and groups of rows of the matrices whose transposed ones the other order has; nil where it
  /// takes two steps.
  ///
  /// - Parameter physical: dimensions in this order; not empty.
  fileprivate func matrices(of physical: Shape, to other: Layout) -> (matrix: Int, rows: Int, groups: Int)? {
    let sizes = physical.dimensions
    switch (self, other) {
    // Channels by places, and back.
    case (.logical, .channelsLast): return (physical.count / sizes[0], sizes[1], 1)
    case (.logical, .grouped(let groups)): return (physical.count / sizes[0], sizes[1], groups)
    case (.channelsLast, .logical):
      let matrix = physical.count / sizes[0]
      return (matrix, matrix / sizes[sizes.count - 1], 1)
    // At each place channels of a group by groups, and back.
    case (.channelsLast, .grouped(let groups)):
      return (sizes[sizes.count - 1], sizes[sizes.count - 1] / groups, 1)
    case (.grouped(let groups), .channelsLast): return (groups * sizes[sizes.count - 1], groups, 1)
    default: return nil
    }
  }
}
