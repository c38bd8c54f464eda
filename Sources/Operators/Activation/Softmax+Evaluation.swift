package import Tensors

extension Softmax {
  /// Labels are of another rank than a map of classes, and would have it brought into logical order.
  package var layout: LayoutPreference {
    switch span {
    case .trailing: .logical
    case .axis: axis == 1 ? .channelsLast : .any
    }
  }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let input = site.input(0)
    let sizes = input.dimensions
    let along = span == .axis ? input.axis(axis) : (axis < 0 ? axis + sizes.count : axis)
    let columns = span == .axis ? sizes[along] : sizes[along...].reduce(1, *)
    let inner = span == .axis ? sizes[(along + 1)...].reduce(1, *) : 1
    guard columns > 0, inner > 0 else { return Step { _ in } }
    // A temperature is of the data's type in the source.
    let temperature = T(Float(temperature))
    let kernels = site.kernels
    if inner == 1 {
      let rows = max(1, (1 << 13) / columns)
      return Step { evaluation in
        let x = evaluation.input(0)
        evaluation.output().forEachChunk(of: rows * columns, on: evaluation.threads) { start, y, _ in
          kernels.softmax(
            x.span.extracting(start..<start + y.count), columns: columns, temperature: temperature, into: &y)
        }
      }
    }
    let rows = min(inner, max(1, (1 << 12) / columns))
    let size = rows * columns
    return Step(scratch: 2 * size) { evaluation in
      let x = evaluation.input(0)
      evaluation.output().forEachChunk(of: columns * inner, on: evaluation.threads) { start, y, worker in
        let scratch = evaluation.scratch(of: worker)
        let (rowsIn, rowsOut) = (scratch[0..<size], scratch[size..<2 * size])
        for first in stride(from: 0, to: inner, by: rows) {
          let count = min(rows, inner - first)
          let part = 0..<count * columns
          rowsIn.withSpan { gather(x.span, start + first, inner, count, columns, into: &$0) }
          rowsOut[part].withSpan {
            kernels.softmax(
              rowsIn.elements.span.extracting(part), columns: columns, temperature: temperature, into: &$0)
          }
          let result = rowsOut.elements
          for column in 0..<columns {
            for row in 0..<count { y[column * inner + first + row] = result.span[row * columns + column] }
          }
        }
      }
    }
  }
}

/// Turns classes that stand `inner` elements apart into rows.
private func gather<T: Lane>(
  _ x: Span<T>, _ first: Int, _ inner: Int, _ rows: Int, _ columns: Int, into target: inout MutableSpan<T>
) {
  for column in 0..<columns {
    for row in 0..<rows { target[row * columns + column] = x[first + column * inner + row] }
  }
}
