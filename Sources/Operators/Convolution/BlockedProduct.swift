internal import Tensors

/// The matrix product behind every convolution: rows of gathered windows times weights packed once.
///
/// The depth, taps times channels, is cut into stages of at most 512, so that a row block and a panel of
/// weights stay in the cache; where groups are small a stage holds several of them.
struct BlockedProduct<T: Lane>: Sendable {
  /// Sizes of the product.
  struct Dimensions: Sendable {
    var groups: Int
    var taps: Int
    var channelsPerGroup: Int
    var filtersPerGroup: Int

    var channels: Int { groups * channelsPerGroup }
    var filters: Int { groups * filtersPerGroup }
  }

  /// How a weight tensor is laid out, in elements.
  struct WeightLayout: Sendable {
    /// The first filter's first channel, by tap of the rows.
    var taps: [Int]
    var channelStride: Int
    var filterStride: Int
    var groupStride: Int
  }

  /// What one filling of the row buffer holds, and its packed weights.
  struct Stage: Sendable {
    var groups: Range<Int>
    var taps: Range<Int>
    /// Channels within each group.
    var channels: Range<Int>
    /// Each group's panels in `panels`.
    var panels: [Range<Int>] = []
    var isFirst: Bool
    var isLast: Bool

    /// Products of one output element in this stage.
    var depth: Int { taps.count * channels.count }
  }

  /// Most products of one stage.
  static var depthLimit: Int { 512 }
  /// Positions of a full row block: eight tiles of twelve.
  static var blockRows: Int { 96 }

  let dimensions: Dimensions
  let stages: [Stage]
  private let panels: Elements<T>
  private let bias: Elements<T>?
  private let kernels: any KernelSet<T>

  /// Packs the weights.
  ///
  /// - Complexity: moves each weight once.
  init(
    _ dimensions: Dimensions, weight: Elements<T>, _ layout: WeightLayout, bias: Elements<T>?,
    kernels: any KernelSet<T>
  ) {
    self.dimensions = dimensions
    self.bias = bias
    self.kernels = kernels
    let width = kernels.panelWidth
    let columns = (dimensions.filtersPerGroup + width - 1) / width * width
    var stages = Self.stages(dimensions)
    var size = 0
    for index in stages.indices {
      for _ in stages[index].groups {
        stages[index].panels.append(size..<(size + stages[index].depth * columns))
        size += stages[index].depth * columns
      }
    }
    let memory = MutableElements<T>(count: size)
    for stage in stages {
      for (group, range) in zip(stage.groups, stage.panels) {
        let block = WeightBlock(
          taps: stage.taps.map { layout.taps[$0] + group * layout.groupStride }, channels: stage.channels,
          channelStride: layout.channelStride, columns: dimensions.filtersPerGroup,
          columnStride: layout.filterStride)
        memory[range].withSpan { kernels.pack(weight.span, block, into: &$0) }
      }
    }
    self.stages = stages
    panels = memory.elements
  }

  private static func stages(_ dimensions: Dimensions) -> [Stage] {
    let channels = dimensions.channelsPerGroup
    let depth = dimensions.taps * channels
    if depth == 0 { return [] }
    if depth <= depthLimit {
      let groups = max(1, depthLimit / max(1, depth))
      return stride(from: 0, to: dimensions.groups, by: groups).map {
        Stage(
          groups: $0..<min($0 + groups, dimensions.groups), taps: 0..<dimensions.taps,
          channels: 0..<channels, isFirst: true, isLast: true)
      }
    }
    let taps = max(1, depthLimit / max(1, channels))
    var stages: [Stage] = []
    for group in 0..<dimensions.groups {
      for tap in stride(from: 0, to: dimensions.taps, by: taps) {
        for channel in stride(from: 0, to: channels, by: depthLimit) {
          stages.append(
            Stage(
              groups: group..<(group + 1), taps: tap..<min(tap + taps, dimensions.taps),
              channels: channel..<min(channel + depthLimit, channels), isFirst: tap == 0 && channel == 0,
              isLast: tap + taps >= dimensions.taps && channel + depthLimit >= channels))
        }
      }
    }
    return stages
  }

  /// Rows of a block, the same for any number of threads; small where there would be few blocks.
  func blockRows(of positions: Int) -> Int {
    positions >= 4 * Self.blockRows ? Self.blockRows : max(1, min(Self.blockRows / 4, positions))
  }

  /// Elements of the row buffer that each worker needs.
  var scratch: Int { Self.blockRows * (stages.map(rowStride).max() ?? 0) }

  /// Elements from one row of the buffer to the next.
  private func rowStride(_ stage: Stage) -> Int { T.rowStride(of: stage.groups.count * stage.depth) }

  /// Computes a block of output rows `[count, filters]`.
  ///
  /// - Parameters:
  ///   - outputOffset: the first output row's first element.
  ///   - outputStride: elements from one output row to the next.
  ///   - fill: writes a stage's rows.
  func run(
    _ count: Int, into output: inout MutableSpan<T>, outputOffset: Int = 0, outputStride: Int,
    scratch: MutableElements<T>, fill: (Stage, RowLayout, inout MutableSpan<T>) -> Void
  ) {
    if stages.isEmpty { writeBias(count, into: &output, outputOffset, outputStride) }
    for stage in stages {
      let layout = RowLayout(
        rowStride: rowStride(stage), groupSize: stage.channels.count,
        groupStride: stage.depth)
      scratch.withSpan { fill(stage, layout, &$0) }
      let rows = scratch.elements
      for (index, group) in stage.groups.enumerated() {
        multiply(
          stage, group, panels: stage.panels[index],
          rows: rows.span.extracting((index * stage.depth)...), rowStride: layout.rowStride, count: count,
          into: &output, outputOffset: outputOffset, outputStride: outputStride)
      }
    }
  }

  /// Computes a block of output rows from rows that stand in memory already, channels next to each other.
  func run(
    _ count: Int, rows: Span<T>, rowStride: Int, into output: inout MutableSpan<T>, outputStride: Int
  ) {
    if stages.isEmpty { writeBias(count, into: &output, 0, outputStride) }
    for stage in stages {
      for (index, group) in stage.groups.enumerated() {
        let channel =
          (group * dimensions.taps + stage.taps.lowerBound) * dimensions.channelsPerGroup
          + stage.channels.lowerBound
        multiply(
          stage, group, panels: stage.panels[index], rows: rows.extracting(channel...),
          rowStride: rowStride, count: count, into: &output, outputOffset: 0, outputStride: outputStride)
      }
    }
  }

  private func multiply(
    _ stage: Stage, _ group: Int, panels range: Range<Int>, rows: Span<T>, rowStride: Int, count: Int,
    into output: inout MutableSpan<T>, outputOffset: Int, outputStride: Int
  ) {
    let column = group * dimensions.filtersPerGroup
    let product = RowProduct(
      rows: count, depth: stage.depth, rowStride: rowStride, columns: dimensions.filtersPerGroup,
      outputOffset: outputOffset + column, outputStride: outputStride, accumulates: !stage.isFirst)
    let none = Span<T>()
    if stage.isLast, let bias {
      kernels.multiply(
        rows, panels.span.extracting(range),
        bias: bias.span.extracting(column..<(column + dimensions.filtersPerGroup)), addend: none,
        into: &output, product)
    } else {
      kernels.multiply(
        rows, panels.span.extracting(range), bias: none, addend: none, into: &output, product)
    }
  }

  /// What a product of no terms leaves.
  private func writeBias(
    _ count: Int, into output: inout MutableSpan<T>, _ outputOffset: Int, _ outputStride: Int
  ) {
    for row in 0..<count {
      for filter in 0..<dimensions.filters {
        output[outputOffset + row * outputStride + filter] = bias.map { $0.span[filter] } ?? 0
      }
    }
  }
}

extension Lane {
  /// Elements from one row of a product to the next, for rows of so many.
  ///
  /// Twelve rows are read side by side: an odd number of cache lines keeps them in different sets.
  static func rowStride(of count: Int) -> Int {
    let line = 64 / MemoryLayout<Self>.size
    return ((count + line - 1) / line | 1) * line
  }
}
