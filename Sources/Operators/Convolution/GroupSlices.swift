internal import Tensors

/// The output of a convolution in many small groups, computed slice by slice of its channels.
///
/// The map comes as planes. A slice of them is copied first, channels last, so that all its samples are gathered
/// from a core's cache: pixels of all channels would come from farther away, and the whole map be copied too.
struct GroupSlices<T: Lane>: Sendable {
  /// Some groups of one image.
  struct Slice {
    let image: Int
    /// The input's channels that they take, and the output's that they give.
    let channels: Range<Int>
    let filters: Range<Int>
    /// Of a `RimmedMap`.
    let map: Elements<T>

    /// The channels of a stage, counted in the slice.
    func channels(of stage: BlockedProduct<T>.Stage, _ dimensions: BlockedProduct<T>.Dimensions) -> Range<Int>
    {
      dimensions.channels(of: stage).shifted(by: -channels.lowerBound)
    }
  }

  let product: BlockedProduct<T>
  let map: RimmedMap
  /// Slices of an image.
  private let slices: Int
  /// What the map's rim holds.
  private let border: SampleRule.Border
  private let filters: Int
  private let images: Int
  /// Positions of an image of the output.
  private let plane: Int
  private let writesPlanes: Bool
  private let addend: Int?
  private let rectifies: Bool
  private let kernels: any KernelSet<T>
  /// Elements of a slice's map, of rows, and of a block's output.
  private let counts: (map: Int, rows: Int, tile: Int)

  /// - Parameters:
  ///   - product: has been made for this slicing.
  ///   - border: whether the rim of a slice's map holds zeros, or behind the far edges repeats them.
  init(of product: BlockedProduct<T>, _ slicing: GroupSlicing, _ border: SampleRule.Border, at site: Site<T>)
  {
    let (input, output) = (site.input(0).shape, site.output())
    self.product = product
    slices = product.dimensions.groups / slicing.groups
    self.border = border
    map = RimmedMap(
      Extent(height: input[2], width: input[3]),
      channels: slicing.groups * product.dimensions.channelsPerGroup)
    filters = slicing.groups * product.dimensions.filtersPerGroup
    images = output.shape[0]
    plane = output.shape.dimensions[2...].reduce(1, *)
    writesPlanes = !output.layout.agrees(with: .channelsLast, on: output.shape)
    addend = site.epilogue.addend
    rectifies = site.epilogue.rectifies
    kernels = site.kernels
    counts = (map.elementCount, product.scratch, writesPlanes ? Self.blockRows * filters : 0)
  }

  /// Output positions of a block.
  private static var blockRows: Int { BlockedProduct<T>.blockRows }

  /// Elements of scratch memory that each worker needs.
  var scratch: Int { counts.map + counts.rows + counts.tile }

  /// Computes the output on all threads.
  ///
  /// - Parameter fill: writes a stage's values of the rows of some positions of the slice's image.
  func run(
    _ evaluation: Evaluation<T>,
    fill:
      @Sendable (
        _ slice: Slice, _ stage: BlockedProduct<T>.Stage, _ positions: Range<Int>, RowLayout,
        inout MutableSpan<T>
      ) -> Void
  ) {
    let data = evaluation.input(0)
    let addend = evaluation.addend(addend)
    let output = evaluation.output()
    evaluation.threads.forEach(images * slices) { piece, worker in
      let scratch = evaluation.scratch(of: worker)
      let (map, rows) = (scratch[0..<counts.map], scratch[counts.map..<counts.map + counts.rows])
      let tile = scratch[counts.map + counts.rows..<scratch.count]
      let (image, number) = (piece / slices, piece % slices)
      let slice = slice(number, ofImage: image, data, into: map)
      // Each takes as many: one where groups are narrow, else one for each of them.
      let count = product.stages.count / slices
      let stages = number * count..<(number + 1) * count
      for first in stride(from: 0, to: plane, by: Self.blockRows) {
        let positions = first..<min(first + Self.blockRows, plane)
        write(positions, of: slice, addend, into: output, tile: tile) { target, offset, stride in
          product.run(
            positions.count, stages: stages, into: &target, outputOffset: offset, outputStride: stride,
            scratch: rows
          ) { stage, part, layout, rows in
            fill(slice, stage, part.shifted(by: first), layout, &rows)
          }
        }
      }
    }
  }

  /// Copies a slice of an image's planes.
  private func slice(
    _ number: Int, ofImage image: Int, _ data: Elements<T>, into memory: MutableElements<T>
  ) -> Slice {
    let channels = number * map.channels..<(number + 1) * map.channels
    let plane = map.size.count
    let start = image * product.dimensions.channels * plane
    memory.withSpan {
      kernels.rim(
        data.part(start + channels.lowerBound * plane..<start + channels.upperBound * plane), map, border,
        into: &$0)
    }
    return Slice(
      image: image, channels: channels, filters: number * filters..<(number + 1) * filters,
      map: memory.elements)
  }

  /// Computes some positions, finishes them, and writes them where they belong.
  ///
  /// - Parameters:
  ///   - tile: memory for rows of these filters alone, where the output stands in planes. Else the output's rows
  ///     are written: other threads write between, but not to the same elements.
  ///   - compute: writes rows of so many elements; filter 0 stands at the offset, or would.
  private func write(
    _ positions: Range<Int>, of slice: Slice, _ addend: Elements<T>, into output: MutableElements<T>,
    tile: MutableElements<T>, _ compute: (_ rows: inout MutableSpan<T>, _ offset: Int, _ stride: Int) -> Void
  ) {
    let all = product.dimensions.filters
    let start = (slice.image * plane + positions.lowerBound) * all
    let wholeRows = start..<start + positions.count * all
    let rows = writesPlanes ? tile[0..<positions.count * filters] : output[wholeRows]
    let (offset, stride) = writesPlanes ? (-slice.filters.lowerBound, filters) : (0, all)
    rows.withSpan { rows in
      compute(&rows, offset, stride)
      BlockedProduct.finish(
        positions.count, slice.filters, addend.part(wholeRows), addendStride: all, rectifies: rectifies,
        into: &rows, outputOffset: offset, outputStride: stride)
    }
    guard writesPlanes else { return }
    let move = Transposition(rows: positions.count, columns: 0..<filters, stride: plane)
    let corner = (slice.image * all + slice.filters.lowerBound) * plane + positions.lowerBound
    let written = rows.elements
    output[corner..<corner + move.resultCount].withSpan {
      kernels.transpose(written.span, move, into: &$0)
    }
  }
}
