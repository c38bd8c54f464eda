internal import Tensors

/// The matrix product behind every convolution: rows of gathered windows times weights packed once.
///
/// The depth, taps times channels, is cut into stages of at most 512, so that a row block and a panel of
/// weights stay in the cache. Where groups are narrow, of no more filters than a vector, a stage holds as many of
/// them as a core's cache does: their channels are gathered together.
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
    /// Its panels among all.
    var panels = 0..<0
    var isFirst: Bool
    var isLast: Bool

    /// Products of one output element in this stage.
    var depth: Int { taps.count * channels.count }
    /// Elements of a row from one tap to the next: the channels of all its groups.
    var tapStride: Int { groups.count * channels.count }
    /// Elements of a row.
    var width: Int { taps.count * tapStride }
  }

  /// Most products of one stage.
  static var depthLimit: Int { 512 }
  /// Most elements of a row of narrow groups.
  static var widthLimit: Int { 2560 }
  /// Elements of the rows of narrow groups that are filled together: beside them a core's second cache holds the part
  /// of the map that they are gathered from.
  private static var narrowBlock: Int { 1 << 14 }
  /// Positions of a full row block: eight tiles of twelve.
  static var blockRows: Int { 96 }

  let dimensions: Dimensions
  let stages: [Stage]
  private let isNarrow: Bool
  /// Rows of a block that are filled together.
  private let filledRows: Int
  private let panels: Elements<T>
  private let bias: Elements<T>?
  private let rectifies: Bool
  private let kernels: any KernelSet<T>

  /// Weights as they are at hand.
  enum Weights {
    case elements(Elements<T>, squared: Bool = false)
    /// In fp32, for products of another type.
    case singles(Elements<Float>)

    /// As they are multiplied.
    var elements: Elements<T> {
      switch self {
      case .elements(let weights, squared: false): weights
      case .elements(let weights, squared: true): Self.mapped(weights) { $0 * $0 }
      case .singles(let weights): Self.mapped(weights) { T($0) }
      }
    }

    private static func mapped<U>(_ weights: Elements<U>, _ map: (U) -> T) -> Elements<T> {
      let mapped = MutableElements<T>(writtenCount: weights.count)
      mapped.withSpan { mapped in
        for index in mapped.indices { mapped[index] = map(weights[index]) }
      }
      return mapped.elements
    }
  }

  /// Packs the weights.
  ///
  /// - Parameters:
  ///   - groupsPerStage: of narrow groups; nil for as many as a row holds.
  ///   - rectifies: whether negative results become 0.
  /// - Complexity: moves each weight once.
  init(
    _ dimensions: Dimensions, weight: Weights, _ layout: WeightLayout, bias: Elements<T>?,
    groupsPerStage: Int? = nil, rectifies: Bool = false, kernels: any KernelSet<T>,
    on threads: Threads = Threads(1)
  ) {
    self.dimensions = dimensions
    self.bias = bias
    self.rectifies = rectifies
    self.kernels = kernels
    let isNarrow = dimensions.filtersPerGroup <= kernels.groupPanelWidth(dimensions.filtersPerGroup)
    let together =
      isNarrow ? groupsPerStage ?? Self.widthLimit / max(1, dimensions.taps * dimensions.channelsPerGroup) : 1
    var stages = Self.stages(dimensions, groupsPerStage: together)
    var size = 0
    for index in stages.indices {
      let columns = Self.columns(dimensions, stages[index], kernels)
      stages[index].panels = size..<(size + stages[index].depth * columns)
      size += stages[index].depth * columns
    }
    let memory = MutableElements<T>(writtenCount: size)
    let weight = isNarrow ? .elements(weight.elements) : weight
    threads.forEach(stages.count) { [stages] index, _ in
      let stage = stages[index]
      let block = WeightBlock(
        taps: stage.taps.map { layout.taps[$0] + stage.groups.lowerBound * layout.groupStride },
        channels: stage.channels, channelStride: layout.channelStride, columns: dimensions.filtersPerGroup,
        columnStride: layout.filterStride)
      memory[stage.panels].withSpan {
        switch weight {
        case .elements(let weight, _) where isNarrow:
          kernels.packGroups(
            weight.span, block, groups: stage.groups.count, groupStride: layout.groupStride, into: &$0)
        case .elements(let weight, let squared):
          kernels.pack(weight.span, squared: squared, block, into: &$0)
        case .singles(let weight): kernels.pack(singles: weight.span, block, into: &$0)
        }
      }
    }
    self.stages = stages
    self.isNarrow = isNarrow
    let width = stages.map(\.width).max() ?? 0
    // Who asks by stages of a few groups has their rows in the cache anyway.
    filledRows =
      isNarrow && groupsPerStage == nil
      ? min(max(Self.narrowBlock / max(1, width) / 12 * 12, 12), Self.blockRows) : Self.blockRows
    panels = memory.elements
  }

  /// Columns of a stage's panels.
  private static func columns(_ dimensions: Dimensions, _ stage: Stage, _ kernels: any KernelSet<T>) -> Int {
    let filters = dimensions.filtersPerGroup
    let width = kernels.groupPanelWidth(filters)
    if filters <= width { return stage.groups.count * width }
    return (filters + kernels.panelWidth - 1) / kernels.panelWidth * kernels.panelWidth
  }

  private static func stages(_ dimensions: Dimensions, groupsPerStage: Int) -> [Stage] {
    let channels = dimensions.channelsPerGroup
    let depth = dimensions.taps * channels
    if depth == 0 { return [] }
    if depth <= depthLimit {
      return stride(from: 0, to: dimensions.groups, by: groupsPerStage).map {
        Stage(
          groups: $0..<min($0 + groupsPerStage, dimensions.groups), taps: 0..<dimensions.taps,
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
  ///
  /// Of whole tiles there are as many as let two threads finish together: the last of 25 large blocks would keep
  /// one of them waiting.
  func blockRows(of positions: Int) -> Int {
    let most = Self.blockRows
    guard positions >= 4 * most else { return max(1, min(most / 4, positions)) }
    func cost(_ rows: Int) -> Double {
      let (full, rest) = (positions / rows, positions % rows)
      let longest = full % 2 == 0 ? full / 2 * rows + rest : (full + 1) / 2 * rows
      // Small blocks read the weights more often.
      return Double(longest) * (1 + 2 / Double(rows))
    }
    return stride(from: most, through: 60, by: -12).min { cost($0) < cost($1) } ?? most
  }

  /// Rows of a block for one thread: about equal ones, of whole tiles.
  func wholeRows(of positions: Int) -> Int {
    guard !isNarrow, positions > 0 else { return blockRows(of: positions) }
    let blocks = (positions + Self.blockRows - 1) / Self.blockRows
    return ((positions + blocks - 1) / blocks + 11) / 12 * 12
  }

  /// Elements of the row buffer that each worker needs.
  var scratch: Int { filledRows * (stages.map(rowStride).max() ?? 0) }

  /// Elements from one row of the buffer to the next.
  private func rowStride(_ stage: Stage) -> Int { T.rowStride(of: stage.width) }

  /// Computes a block of output rows `[count, filters]`.
  ///
  /// - Parameters:
  ///   - outputOffset: the first output row's first element.
  ///   - outputStride: elements from one output row to the next.
  ///   - addend: what is added, standing as the output does; empty for nothing.
  ///   - fill: writes a stage's values of some of the rows.
  func run(
    _ count: Int, into output: inout MutableSpan<T>, outputOffset: Int = 0, outputStride: Int,
    addend: Span<T> = Span(), scratch: MutableElements<T>,
    fill: (Stage, Range<Int>, RowLayout, inout MutableSpan<T>) -> Void
  ) {
    if stages.isEmpty { writeBias(count, into: &output, outputOffset, outputStride) }
    run(
      count, stages: stages.indices, into: &output, outputOffset: outputOffset, outputStride: outputStride,
      addend: addend, scratch: scratch, fill: fill)
    if isNarrow || stages.isEmpty {
      finish(count, addend, into: &output, outputOffset: outputOffset, outputStride: outputStride)
    }
  }

  /// Computes the filters of some stages; in narrow groups what is added, and the ReLU, are left to the caller.
  ///
  /// - Parameter outputOffset: where the first row's filter 0 stands, or would.
  func run(
    _ count: Int, stages: Range<Int>, into output: inout MutableSpan<T>, outputOffset: Int,
    outputStride: Int, addend: Span<T> = Span(), scratch: MutableElements<T>,
    fill: (Stage, Range<Int>, RowLayout, inout MutableSpan<T>) -> Void
  ) {
    for first in stride(from: 0, to: count, by: filledRows) {
      let rows = first..<min(first + filledRows, count)
      for stage in self.stages[stages] {
        let layout = RowLayout(
          rowStride: rowStride(stage), groupSize: stage.tapStride, groupStride: stage.width)
        scratch.withSpan { fill(stage, rows, layout, &$0) }
        let filled = scratch.elements
        multiply(
          stage, rows: filled.span, rowStride: layout.rowStride, tapStride: stage.tapStride,
          count: rows.count,
          addend: addend, into: &output, outputOffset: outputOffset + first * outputStride,
          outputStride: outputStride)
      }
    }
  }

  /// Computes a block of output rows from rows that stand in memory already: by taps, in a tap by channels.
  func run(
    _ count: Int, rows: Span<T>, rowStride: Int, into output: inout MutableSpan<T>, outputStride: Int,
    addend: Span<T> = Span()
  ) {
    if stages.isEmpty { writeBias(count, into: &output, 0, outputStride) }
    for stage in stages {
      let channel =
        stage.taps.lowerBound * dimensions.channels + stage.groups.lowerBound * dimensions.channelsPerGroup
        + stage.channels.lowerBound
      multiply(
        stage, rows: rows.extracting(channel...), rowStride: rowStride, tapStride: dimensions.channels,
        count: count, addend: addend, into: &output, outputOffset: 0, outputStride: outputStride)
    }
    if isNarrow || stages.isEmpty {
      finish(count, addend, into: &output, outputOffset: 0, outputStride: outputStride)
    }
  }

  private func multiply(
    _ stage: Stage, rows: Span<T>, rowStride: Int, tapStride: Int, count: Int, addend: Span<T>,
    into output: inout MutableSpan<T>, outputOffset: Int, outputStride: Int
  ) {
    let columns =
      stage.groups.lowerBound * dimensions.filtersPerGroup..<stage.groups.upperBound
      * dimensions.filtersPerGroup
    let panels = panels.span.extracting(stage.panels)
    let none = Span<T>()
    let bias = stage.isLast ? self.bias : nil
    let group = GroupProduct(
      rows: count, rowStride: rowStride, taps: stage.taps.count, tapStride: tapStride,
      channels: stage.channels.count, groups: stage.groups.count, columns: dimensions.filtersPerGroup,
      outputOffset: outputOffset + columns.lowerBound, outputStride: outputStride,
      accumulates: !stage.isFirst)
    let whole = RowProduct(
      rows: count, depth: stage.depth, rowStride: rowStride, columns: columns.count,
      outputOffset: outputOffset + columns.lowerBound, outputStride: outputStride,
      accumulates: !stage.isFirst, rectifies: rectifies && stage.isLast)
    let addend = stage.isLast ? addend : none
    switch (isNarrow, bias) {
    case (true, let bias?):
      kernels.multiplyGroups(rows, panels, bias: bias.span.extracting(columns), into: &output, group)
    case (true, nil): kernels.multiplyGroups(rows, panels, bias: none, into: &output, group)
    case (false, let bias?):
      kernels.multiply(
        rows, panels, bias: bias.span.extracting(columns), addend: addend, into: &output, whole)
    case (false, nil): kernels.multiply(rows, panels, bias: none, addend: addend, into: &output, whole)
    }
  }

  /// What the kernel of wide groups does as it writes.
  private func finish(
    _ count: Int, _ addend: Span<T>, into output: inout MutableSpan<T>, outputOffset: Int, outputStride: Int
  ) {
    Self.finish(
      count, 0..<dimensions.filters, addend.isEmpty ? addend : addend.extracting(outputOffset...),
      addendStride: outputStride, rectifies: rectifies, into: &output, outputOffset: outputOffset,
      outputStride: outputStride)
  }

  /// Adds to some filters of rows, and makes negative results 0 where it `rectifies`.
  ///
  /// - Parameters:
  ///   - addend: from the first row's filter 0 on; empty for nothing.
  ///   - outputOffset: where the first row's filter 0 stands, or would.
  static func finish(
    _ count: Int, _ filters: Range<Int>, _ addend: Span<T>, addendStride: Int, rectifies: Bool,
    into output: inout MutableSpan<T>, outputOffset: Int, outputStride: Int
  ) {
    guard !addend.isEmpty || rectifies else { return }
    for row in 0..<count {
      for filter in filters {
        let place = outputOffset + row * outputStride + filter
        let value = addend.isEmpty ? output[place] : output[place] + addend[row * addendStride + filter]
        output[place] = rectifies && value <= 0 ? 0 : value
      }
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
