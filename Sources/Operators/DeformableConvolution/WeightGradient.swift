internal import Tensors

/// The gradient of a deformable convolution's weights: the output's gradient times the gathered columns, summed
/// over all positions.
///
/// Each tap's columns of a part of the channels are gathered as panels, block of positions by block, and
/// multiplied with the transposed gradient; a part is at most a panel of narrow groups, of which only the
/// products of each group's own filters are computed.
struct WeightGradient<T: Lane>: Sendable {
  private let windows: WindowGeometry
  private let positions: Int
  private let rule: SampleRule
  private let filters: Int
  private let filtersPerGroup: Int
  private let parts: ChannelParts
  /// Where each part's sums begin among a tap's; one more for their end.
  private let starts: [Int]
  private let kernels: any KernelSet<T>

  /// Positions of a block: rows of so many numbers are an odd number of cache lines apart in fp32.
  private var blockPositions: Int { 208 }

  init(
    _ convolution: DeformableConvolution, _ windows: WindowGeometry, images: Int, _ kernels: any KernelSet<T>
  ) {
    self.windows = windows
    self.kernels = kernels
    positions = images * windows.output.count
    rule = SampleRule(convolution)
    filters = convolution.filters
    filtersPerGroup = convolution.filters / convolution.groups
    parts = ChannelParts(windows.channels, groups: convolution.groups, limit: 32)
    var starts = [0]
    for index in parts.parts.indices {
      starts.append(starts[index] + parts.groups(of: index).count * filtersPerGroup * parts[index].count)
    }
    self.starts = starts
  }

  /// Elements that each worker needs: the panels of a block.
  var scratch: Int { blockPositions * (32 + kernels.panelWidth) }

  /// Writes the gradient `[M, C / groups, Kh, Kw]`.
  func run(_ operands: SampledOperands<T>, into result: MutableElements<T>, _ evaluation: Evaluation<T>) {
    guard result.count > 0 else { return }
    let taps = windows.kernel.count
    let transposed = transposedBlocks(of: operands.outputGradient, on: evaluation.threads)
    let tapSums = starts[parts.count]
    let sums = MutableElements<T>(count: taps * tapSums)
    evaluation.threads.forEach(taps * parts.count) { piece, worker in
      let (tap, part) = (piece / parts.count, piece % parts.count)
      sums[tap * tapSums + starts[part]..<tap * tapSums + starts[part + 1]].withSpan { sums in
        for first in stride(from: 0, to: positions, by: blockPositions) {
          let block = first..<min(first + blockPositions, positions)
          add(operands, transposed, block, tap: tap, part: part, to: &sums, evaluation.scratch(of: worker))
        }
      }
    }
    write(sums.elements, into: result, evaluation.threads)
  }

  /// Each block of the output's gradient as `[filters, positions]`.
  private func transposedBlocks(of gradient: Elements<T>, on threads: Threads) -> Elements<T> {
    let transposed = MutableElements<T>(count: gradient.count)
    transposed.forEachChunk(of: blockPositions * filters, on: threads) { start, chunk, _ in
      kernels.transpose(
        gradient.span.extracting(start..<start + chunk.count),
        Transposition(rows: chunk.count / filters, columns: 0..<filters), into: &chunk)
    }
    return transposed.elements
  }

  /// Adds a block's products to a part's sums `[groups, filters, channels]`.
  private func add(
    _ operands: SampledOperands<T>, _ transposed: Elements<T>, _ block: Range<Int>, tap: Int, part: Int,
    to sums: inout MutableSpan<T>, _ scratch: MutableElements<T>
  ) {
    let (channels, width) = (parts[part], kernels.panelWidth)
    scratch.withSpan {
      kernels.gatherSamples(
        operands.data.span, offsets: operands.offset.span, mask: operands.mask.span,
        SampleRows(
          windows: WindowRows(
            geometry: windows, positions: block, taps: tap..<tap + 1, channels: channels), rule: rule),
        RowLayout(rowStride: width, groupSize: width, groupStride: block.count * width), into: &$0)
    }
    let none = Span<T>()
    let groups = parts.groups(of: part)
    for group in groups {
      kernels.multiply(
        transposed.span.extracting((block.lowerBound * filters + group * filtersPerGroup * block.count)...),
        scratch.elements.span, bias: none, addend: none, into: &sums,
        RowProduct(
          rows: filtersPerGroup, depth: block.count, rowStride: block.count, columns: channels.count,
          outputOffset: (group - groups.lowerBound) * filtersPerGroup * channels.count,
          outputStride: channels.count, accumulates: block.lowerBound > 0))
    }
  }

  /// Puts the sums in the weights' order.
  private func write(_ sums: Elements<T>, into result: MutableElements<T>, _ threads: Threads) {
    let taps = windows.kernel.count
    let channelsPerGroup = parts.groupSize
    let tapSums = starts[parts.count]
    result.forEachChunk(of: channelsPerGroup * taps, on: threads) { start, filter, _ in
      let number = start / (channelsPerGroup * taps)
      let group = number / filtersPerGroup
      let channels = group * channelsPerGroup..<(group + 1) * channelsPerGroup
      for part in parts.parts(of: group) {
        let row = (group - parts.groups(of: part).lowerBound) * filtersPerGroup + number % filtersPerGroup
        let first = starts[part] + row * parts[part].count - parts[part].lowerBound
        for channel in parts[part].clamped(to: channels) {
          for tap in 0..<taps {
            filter[(channel - channels.lowerBound) * taps + tap] = sums.span[tap * tapSums + first + channel]
          }
        }
      }
    }
  }
}
