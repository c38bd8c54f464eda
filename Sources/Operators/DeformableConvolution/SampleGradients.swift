internal import Tensors

/// The gradients of a deformable convolution's data, offsets and mask.
///
/// The work is cut by images and parts of the channels: each part multiplies the output's gradient with its
/// columns' weights, and spreads the products over a map of its own, tap by tap and position by position. So
/// nothing is added to by two threads, and every sum has one order. Offsets that several parts share are summed
/// over the parts in the end.
struct SampleGradients<T: Lane>: Sendable {
  /// Where the gradients go, in logical order; nil where one is not wanted.
  struct Results {
    let data: MutableElements<T>?
    let offset: MutableElements<T>?
    let mask: MutableElements<T>?
  }

  /// A product that gives the gradients of one tap's columns, or a stage of their depth.
  private struct ColumnProduct {
    /// Channels of the output that are multiplied.
    let filters: Range<Int>
    /// Where the result's channels stand in the part.
    let columns: Range<Int>
    let panels: Range<Int>
    let accumulates: Bool
  }

  private let windows: WindowGeometry
  private let images: Int
  private let rule: SampleRule
  private let filters: Int
  private let kernels: any KernelSet<T>
  private let parts: ChannelParts
  /// By part, and in it by tap.
  private let products: [[[ColumnProduct]]]
  private let panels: Elements<T>
  /// Where each part's moves begin among an image's; one more for their end.
  private let moves: [Int]

  private var blockRows: Int { BlockedProduct<T>.blockRows }
  private var positions: Int { windows.output.count }
  private var taps: Int { windows.kernel.count }

  /// Packs the weights `[M, C / groups, Kh, Kw]`.
  init(
    _ convolution: DeformableConvolution, _ windows: WindowGeometry, images: Int, weight: Elements<T>,
    _ kernels: any KernelSet<T>
  ) {
    self.windows = windows
    self.images = images
    self.kernels = kernels
    filters = convolution.filters
    var rule = SampleRule(convolution)
    if rule.coordinates == .relative { rule.coordinates = .absolute }
    self.rule = rule
    // Enough parts for many threads, each of them wide enough for the work that a position costs anyway.
    let eighth = (windows.channels / 8 + 31) / 32 * 32
    parts = ChannelParts(
      windows.channels, groups: convolution.deformableGroups, limit: min(max(eighth, 32), 128))
    var moves = [0]
    for index in parts.parts.indices {
      moves.append(
        moves[index] + parts.groups(of: index).count * windows.kernel.count * 3 * windows.output.count)
    }
    self.moves = moves
    var packer = Packer(convolution, windows, kernels)
    products = parts.parts.map { packer.list($0) }
    panels = packer.pack(weight)
  }

  /// Elements that each worker needs: a part of a map, and the columns of a block.
  var scratch: Int { (windows.input.count + blockRows) * (parts.parts.map(\.count).max() ?? 0) }

  func run(_ operands: SampledOperands<T>, _ results: Results, _ evaluation: Evaluation<T>) {
    let rows = paddedRows(of: operands.outputGradient, on: evaluation.threads)
    let imageMoves = moves[parts.count]
    let moved = MutableElements<T>(count: images * imageMoves)
    evaluation.threads.forEach(images * parts.count) { piece, worker in
      let (image, part) = (piece / parts.count, piece % parts.count)
      let channels = parts[part]
      let scratch = evaluation.scratch(of: worker)
      let map = scratch[0..<windows.input.count * channels.count]
      let columns = scratch[map.count..<map.count + blockRows * channels.count]
      map.withSpan { $0.update(repeating: 0) }
      let start = image * imageMoves
      moved[start + moves[part]..<start + moves[part + 1]].withSpan { moved in
        map.withSpan { map in
          for first in stride(from: 0, to: positions, by: blockRows) {
            let block = image * positions + first..<image * positions + min(first + blockRows, positions)
            for tap in 0..<taps {
              multiply(rows, block, products[part][tap], into: columns, stride: channels.count)
              kernels.scatterSamples(
                columns.elements.span, operands.data.span, offsets: operands.offset.span,
                mask: operands.mask.span,
                SampleRows(
                  windows: WindowRows(
                    geometry: windows, positions: block, taps: tap..<tap + 1, channels: channels), rule: rule),
                into: &map, moves: &moved)
            }
          }
        }
      }
      guard let data = results.data, map.count > 0 else { return }
      let place = (image * windows.channels + channels.lowerBound) * windows.input.count
      data[place..<place + map.count].withSpan {
        kernels.transpose(
          map.elements.span, Transposition(rows: windows.input.count, columns: 0..<channels.count), into: &$0)
      }
    }
    if let offset = results.offset { sum(moved.elements, planes: 0..<2, into: offset, evaluation.threads) }
    if let mask = results.mask { sum(moved.elements, planes: 2..<3, into: mask, evaluation.threads) }
  }

  private var rowStride: Int { T.rowStride(of: filters) }

  /// The rows of the output's gradient, far enough apart.
  private func paddedRows(of gradient: Elements<T>, on threads: Threads) -> Elements<T> {
    let (filters, rowStride) = (filters, rowStride)
    let rows = MutableElements<T>(count: images * positions * rowStride)
    rows.forEachChunk(of: blockRows * rowStride, on: threads) { start, chunk, _ in
      for row in 0..<chunk.count / rowStride {
        let source = (start / rowStride + row) * filters
        chunk.copy(gradient.span.extracting(source..<source + filters), to: row * rowStride)
      }
    }
    return rows.elements
  }

  private func multiply(
    _ rows: Elements<T>, _ block: Range<Int>, _ products: [ColumnProduct], into columns: MutableElements<T>,
    stride: Int
  ) {
    let none = Span<T>()
    columns.withSpan { columns in
      for product in products {
        kernels.multiply(
          rows.span.extracting((block.lowerBound * rowStride + product.filters.lowerBound)...),
          panels.span.extracting(product.panels), bias: none, addend: none, into: &columns,
          RowProduct(
            rows: block.count, depth: product.filters.count, rowStride: rowStride,
            columns: product.columns.count, outputOffset: product.columns.lowerBound, outputStride: stride,
            accumulates: product.accumulates))
      }
    }
  }

  /// Sums moves over the parts that share a deformable group, part by part.
  ///
  /// - Parameter planes: which of a sample's three: its two offsets, its mask.
  private func sum(
    _ moved: Elements<T>, planes: Range<Int>, into result: MutableElements<T>, _ threads: Threads
  ) {
    let size = taps * planes.count * positions
    guard size > 0 else { return }
    let groups = rule.deformableGroups
    let sources = (0..<groups).map { group in
      parts.parts(of: group).map {
        moves[$0] + (group - parts.groups(of: $0).lowerBound) * taps * 3 * positions
      }
    }
    result.forEachChunk(of: size, on: threads) { start, chunk, _ in
      let piece = start / size
      chunk.update(repeating: 0)
      for source in sources[piece % groups] {
        let source = moved.span.extracting((piece / groups * moves[parts.count] + source)...)
        for tap in 0..<taps {
          for plane in planes {
            let from = source.extracting((tap * 3 + plane) * positions..<(tap * 3 + plane + 1) * positions)
            let to = (tap * planes.count + plane - planes.lowerBound) * positions
            for position in 0..<positions { chunk[to + position] += from[position] }
          }
        }
      }
    }
  }

  /// Lists the products of the columns' gradients, and packs their weights.
  private struct Packer {
    private let convolution: DeformableConvolution
    private let taps: Int
    private let channelsPerGroup: Int
    private let filtersPerGroup: Int
    private let kernels: any KernelSet<T>
    private var blocks: [(WeightBlock, Range<Int>)] = []
    private var size = 0

    init(_ convolution: DeformableConvolution, _ windows: WindowGeometry, _ kernels: any KernelSet<T>) {
      self.convolution = convolution
      self.kernels = kernels
      taps = windows.kernel.count
      channelsPerGroup = windows.channels / convolution.groups
      filtersPerGroup = convolution.filters / convolution.groups
    }

    /// The products of a part of the channels, by tap.
    mutating func list(_ part: Range<Int>) -> [[ColumnProduct]] {
      let groups = part.lowerBound / channelsPerGroup...(part.upperBound - 1) / channelsPerGroup
      var products: [[ColumnProduct]] = []
      for tap in 0..<taps {
        var ofTap: [ColumnProduct] = []
        for group in groups {
          let firstChannel = group * channelsPerGroup
          let channels = part.clamped(to: firstChannel..<firstChannel + channelsPerGroup)
          let columns = channels.lowerBound - part.lowerBound..<channels.upperBound - part.lowerBound
          for first in stride(from: 0, to: filtersPerGroup, by: BlockedProduct<T>.depthLimit) {
            let filters = first..<min(first + BlockedProduct<T>.depthLimit, filtersPerGroup)
            ofTap.append(
              ColumnProduct(
                filters: group * filtersPerGroup + filters.lowerBound..<group * filtersPerGroup
                  + filters.upperBound, columns: columns,
                panels: add(
                  tap: tap, group: group, channel: channels.lowerBound - firstChannel, filters,
                  columns: columns.count), accumulates: first > 0))
          }
        }
        products.append(ofTap)
      }
      return products
    }

    /// Makes room for a block of weights: filters down, channels across.
    private mutating func add(
      tap: Int, group: Int, channel: Int, _ filters: Range<Int>, columns: Int
    ) -> Range<Int> {
      let first = group * filtersPerGroup * channelsPerGroup + channel
      let width = kernels.panelWidth
      let range = size..<size + filters.count * ((columns + width - 1) / width * width)
      let block = WeightBlock(
        taps: [first * taps + tap], channels: filters, channelStride: channelsPerGroup * taps,
        columns: columns, columnStride: taps)
      blocks.append((block, range))
      size = range.upperBound
      return range
    }

    func pack(_ weight: Elements<T>) -> Elements<T> {
      let memory = MutableElements<T>(count: size)
      for (block, range) in blocks {
        memory[range].withSpan { kernels.pack(weight.span, squared: false, block, into: &$0) }
      }
      return memory.elements
    }
  }
}
