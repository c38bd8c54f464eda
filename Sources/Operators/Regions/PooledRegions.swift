internal import Tensors

/// How pooled regions are written: each is pooled as `[bins, channels]`, which is channels-last; for logical order
/// `[channels, bins]` it is pooled into scratch memory and transposed while a core's caches hold it.
struct PooledRegions<T: Lane>: Sendable {
  let bins: Int
  let channels: Int
  private let regions: Int
  private let isLogical: Bool
  private let kernels: any KernelSet<T>

  /// Elements of a region.
  var size: Int { bins * channels }

  /// Channels of a block: of so many a map of the usual size fits a core's second cache.
  private var blockChannels: Int { min(channels, 64) }

  /// - Parameter site: its output 0 is `[R, channels, …]`, with so many bins.
  init(_ site: Site<T>, bins: Int) {
    self.bins = bins
    regions = site.output().shape[0]
    channels = site.output().shape[1]
    isLogical = site.output().layout == .logical
    kernels = site.kernels
  }

  /// Elements that each worker needs for regions pooled together.
  func scratch(regions: Int) -> Int { isLogical ? regions * size : 0 }

  /// Regions that are pooled together in blocks of channels: so few that a block of them stays in a core's cache.
  private var blockRegions: Int {
    isLogical ? min(max((1 << 16) / max(1, bins * blockChannels), 1), regionsAtOnce) : regionsAtOnce
  }

  /// Elements that each worker needs where regions are pooled in blocks of channels.
  var blockScratch: Int { isLogical ? blockRegions * bins * blockChannels : 0 }

  /// Writes output 0.
  ///
  /// - Parameter pool: writes some regions `[regions, bins, channels]`.
  func write(
    _ evaluation: Evaluation<T>, regionsAtOnce: Int,
    _ pool: @Sendable (_ regions: Range<Int>, _ output: inout MutableSpan<T>) -> Void
  ) {
    forEachChunk(evaluation, regionsAtOnce: regionsAtOnce) { regions, chunk, worker in
      guard isLogical else { return pool(regions, &chunk) }
      let pooled = evaluation.scratch(of: worker)[0..<chunk.count]
      pooled.withSpan { pool(regions, &$0) }
      for region in 0..<regions.count {
        var target = chunk._mutatingExtracting(region * size..<(region + 1) * size)
        kernels.transpose(
          pooled.elements.span.extracting(region * size..<(region + 1) * size),
          Transposition(rows: bins, columns: 0..<channels), into: &target)
      }
    }
  }

  /// Writes output 0 in blocks of channels, of which a map has enough to outgrow a cache.
  ///
  /// - Parameters:
  ///   - list: what is to be pooled of some regions, a bin's channels so many elements behind the last one's.
  ///   - pool: writes these bins of some channels.
  func writeBlocks<Bins>(
    _ evaluation: Evaluation<T>,
    list: @Sendable (_ regions: Range<Int>, _ stride: Int) -> Bins,
    pool: @Sendable (_ bins: Bins, _ channels: Range<Int>, _ output: inout MutableSpan<T>) -> Void
  ) {
    forEachChunk(evaluation, regionsAtOnce: blockRegions) { regions, chunk, worker in
      guard isLogical else { return pool(list(regions, channels), 0..<channels, &chunk) }
      let width = blockChannels
      let listed = list(regions, width)
      let pooled = evaluation.scratch(of: worker)[0..<regions.count * bins * width]
      for first in stride(from: 0, to: channels, by: width) {
        let block = first..<min(first + width, channels)
        pooled.withSpan { pool(listed, block, &$0) }
        for region in 0..<regions.count {
          let start = region * size + first * bins
          var target = chunk._mutatingExtracting(start..<start + block.count * bins)
          kernels.transpose(
            pooled.elements.span.extracting(region * bins * width..<(region + 1) * bins * width),
            Transposition(rows: bins, columns: 0..<block.count), into: &target)
        }
      }
    }
  }

  /// Turns regions that were written as `[bins, channels]` into logical order where that is asked for.
  func turn(_ evaluation: Evaluation<T>) {
    guard isLogical else { return }
    forEachChunk(evaluation, regionsAtOnce: 1) { _, region, worker in
      let copy = evaluation.scratch(of: worker)[0..<region.count]
      copy.withSpan { $0.copy(region.span, to: 0) }
      kernels.transpose(
        copy.elements.span, Transposition(rows: bins, columns: 0..<channels), into: &region)
    }
  }

  private func forEachChunk(
    _ evaluation: Evaluation<T>, regionsAtOnce: Int,
    _ body: @Sendable (_ regions: Range<Int>, _ chunk: inout MutableSpan<T>, _ worker: Int) -> Void
  ) {
    guard size > 0 else { return }
    evaluation.output().forEachChunk(of: regionsAtOnce * size, on: evaluation.threads) {
      start, chunk, worker in
      body(start / size..<(start + chunk.count) / size, &chunk, worker)
    }
  }
}
