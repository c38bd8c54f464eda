internal import Tensors

/// The output of a product: a row of filters for each position of every image, computed by blocks of rows.
///
/// Where it stands in logical order, each block is transposed into the filters' planes while a cache still holds it.
struct RowBlocks<T: Lane>: Sendable {
  private let product: BlockedProduct<T>
  private let filters: Int
  /// Positions of all images, and of one.
  private let positions: Int
  private let plane: Int
  /// Positions of a block.
  private let block: Int
  private let writesPlanes: Bool
  /// The input that is added.
  private let addend: Int?
  private let kernels: any KernelSet<T>

  init(of product: BlockedProduct<T>, at site: Site<T>) {
    let output = site.output()
    self.product = product
    filters = product.dimensions.filters
    plane = output.shape.dimensions[2...].reduce(1, *)
    positions = output.shape[0] * plane
    block = site.isSingleThreaded ? product.wholeRows(of: positions) : product.blockRows(of: positions)
    writesPlanes = !output.layout.agrees(with: .channelsLast, on: output.shape)
    addend = site.epilogue.addend
    kernels = site.kernels
  }

  /// Elements of scratch memory that each worker needs.
  var scratch: Int { product.scratch + (writesPlanes ? block * filters : 0) }

  /// Computes the output of gathered rows, on all threads.
  ///
  /// - Parameter fill: writes a stage's values of the rows of some positions.
  func run(
    _ evaluation: Evaluation<T>,
    fill:
      @Sendable (
        _ stage: BlockedProduct<T>.Stage, _ positions: Range<Int>, RowLayout, inout MutableSpan<T>
      ) -> Void
  ) {
    write(evaluation) { positions, addend, output, scratch in
      product.run(
        positions.count, into: &output, outputStride: filters, addend: addend, scratch: scratch
      ) { stage, part, layout, rows in
        fill(stage, part.shifted(by: positions.lowerBound), layout, &rows)
      }
    }
  }

  /// Computes the output of rows that stand in memory one behind another, on all threads.
  func run(_ evaluation: Evaluation<T>, rows: Elements<T>, rowStride: Int) {
    write(evaluation) { positions, addend, output, _ in
      product.run(
        positions.count, rows: rows.span.extracting((positions.lowerBound * rowStride)...),
        rowStride: rowStride, into: &output, outputStride: filters, addend: addend)
    }
  }

  /// - Parameter compute: writes the output's rows of some positions; the product's scratch memory is with it.
  private func write(
    _ evaluation: Evaluation<T>,
    _ compute:
      @Sendable (
        _ positions: Range<Int>, _ addend: Span<T>, _ output: inout MutableSpan<T>,
        _ scratch: MutableElements<T>
      ) -> Void
  ) {
    let output = evaluation.output()
    let addend = evaluation.addend(addend)
    evaluation.threads.forEach((positions + block - 1) / block) { piece, worker in
      let range = piece * block..<min((piece + 1) * block, positions)
      let elements = range.lowerBound * filters..<range.upperBound * filters
      let scratch = evaluation.scratch(of: worker)
      let rows =
        writesPlanes
        ? scratch[product.scratch..<product.scratch + elements.count] : output[elements]
      rows.withSpan {
        compute(range, addend.part(elements), &$0, scratch[0..<product.scratch])
      }
      if writesPlanes { transpose(rows.elements, range, into: output) }
    }
  }

  /// Writes a block into the planes of its images.
  private func transpose(_ rows: Elements<T>, _ range: Range<Int>, into output: MutableElements<T>) {
    for image in range.lowerBound / plane...(range.upperBound - 1) / plane {
      let part = range.clamped(to: image * plane..<(image + 1) * plane)
      let source = (part.lowerBound - range.lowerBound) * filters
      let move = Transposition(rows: part.count, columns: 0..<filters, stride: plane)
      let start = image * (filters - 1) * plane + part.lowerBound
      // The stretches of two blocks overlap, but not their elements.
      output[start..<start + move.resultCount].withSpan {
        kernels.transpose(
          rows.span.extracting(source..<source + part.count * filters), move, into: &$0)
      }
    }
  }
}
