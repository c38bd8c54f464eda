internal import Tensors

/// The output of a product: a row of filters for each position of every image, computed by blocks of rows.
///
/// Where it stands in logical order, each block is transposed into the filters' planes while a cache still holds it.
struct RowBlocks<T: Lane>: Sendable {
  private let filters: Int
  /// Positions of all images, and of one.
  private let positions: Int
  private let plane: Int
  /// Positions of a block.
  private let block: Int
  private let writesPlanes: Bool
  /// Elements that the product needs for itself.
  private let productScratch: Int
  private let kernels: any KernelSet<T>

  init(of product: BlockedProduct<T>, at site: Site<T>) {
    let output = site.output()
    filters = product.dimensions.filters
    plane = output.shape.dimensions[2...].reduce(1, *)
    positions = output.shape[0] * plane
    block = site.isSingleThreaded ? product.wholeRows(of: positions) : product.blockRows(of: positions)
    writesPlanes = !output.layout.agrees(with: .channelsLast, on: output.shape)
    productScratch = product.scratch
    kernels = site.kernels
  }

  /// Elements of scratch memory that each worker needs, those of the product in front.
  var scratch: Int { productScratch + (writesPlanes ? block * filters : 0) }

  /// Computes the blocks on all threads.
  ///
  /// - Parameter compute: writes the rows of some positions.
  func write(
    _ evaluation: Evaluation<T>,
    _ compute:
      @Sendable (
        _ positions: Range<Int>, _ rows: inout MutableSpan<T>, _ scratch: MutableElements<T>
      ) -> Void
  ) {
    let output = evaluation.output()
    guard writesPlanes else {
      return output.forEachChunk(of: block * filters, on: evaluation.threads) { start, rows, worker in
        compute(
          start / filters..<(start + rows.count) / filters, &rows, evaluation.scratch(of: worker))
      }
    }
    evaluation.threads.forEach((positions + block - 1) / block) { piece, worker in
      let range = piece * block..<min((piece + 1) * block, positions)
      let scratch = evaluation.scratch(of: worker)
      let rows = scratch[productScratch..<productScratch + range.count * filters]
      rows.withSpan { compute(range, &$0, scratch[0..<productScratch]) }
      transpose(rows.elements, range, into: output)
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
