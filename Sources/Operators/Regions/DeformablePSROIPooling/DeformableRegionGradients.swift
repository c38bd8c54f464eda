internal import Tensors

/// The gradients of deformable pooling's data and offsets.
///
/// The work is cut by groups of the data's channels and parts of the output's: each piece spreads the bins that
/// read its channels over a map of its own, region by region. So nothing is added to by two threads, and every
/// sum has one order; what each bin is worth to its offset is kept, and summed over bins and parts in the end.
struct DeformableRegionGradients<T: Lane>: Sendable {
  /// The data grouped, trans and the output's gradient channels-last; trans is empty where nothing moves.
  struct Operands: Sendable {
    let data: Elements<T>
    let rois: Elements<T>
    let trans: Elements<T>
    let outputGradient: Elements<T>
  }

  /// What one thread works on at a time.
  private struct Piece {
    let group: Int
    let part: Int
    /// Channels of the output.
    let channels: Range<Int>
    let classes: Range<Int>
    let bins: [(row: Int, column: Int)]
  }

  /// Bins that wait for the kernel, and where their moves go.
  private struct Batch {
    var bins: SampledBins<T>
    var moves: [Int] = []
  }

  private let geometry: DeformableRegionGeometry<T>
  private let regions: Int
  private let kernels: any KernelSet<T>
  private let parts: ChannelParts
  /// The bins of each group, and where each bin is among them.
  private let groupBins: [[(row: Int, column: Int)]]

  private var pooling: DeformablePSROIPooling { geometry.pooling }
  private var map: RegionMap { geometry.map }
  private var places: Int { map.height * map.width }
  private var pieceCount: Int { groupBins.count * parts.count }
  /// Taps after which the kernel is called: what a core's first cache holds.
  private var tapLimit: Int { 1 << 10 }

  init(_ geometry: DeformableRegionGeometry<T>, regions: Int, _ kernels: any KernelSet<T>) {
    self.geometry = geometry
    self.regions = regions
    self.kernels = kernels
    let pooling = geometry.pooling
    parts = ChannelParts(pooling.outputDim, groups: geometry.classes, limit: 32)
    groupBins = binsOfGroups(pooledSize: pooling.pooledSize, groupSize: pooling.groupSize)
  }

  /// Elements that each worker needs: a part of a map.
  var scratch: Int { places * (parts.parts.map(\.count).max() ?? 0) }

  /// Writes the gradients that are wanted, in logical order.
  func run(
    _ operands: Operands, data: MutableElements<T>?, trans: MutableElements<T>?, _ evaluation: Evaluation<T>
  ) {
    let starts = moveStarts(isMoving: trans != nil)
    let moves = MutableElements<T>(count: starts[pieceCount])
    evaluation.threads.forEach(pieceCount) { number, worker in
      let (group, part) = (number / parts.count, number % parts.count)
      let piece = Piece(
        group: group, part: part, channels: parts[part], classes: parts.groups(of: part),
        bins: groupBins[group])
      let scratch = evaluation.scratch(of: worker)[0..<places * piece.channels.count]
      moves[starts[number]..<starts[number + 1]].withSpan { moves in
        for image in 0..<map.images {
          scratch.withSpan { map in
            map.update(repeating: 0)
            spread(operands, piece, image: image, into: &map, moves: &moves)
          }
          if let data { write(scratch.elements, piece, image: image, to: data) }
        }
      }
    }
    if let trans { sum(moves.elements, starts, operands, into: trans, evaluation.threads) }
  }

  /// Where each piece's moves begin; one more for their end.
  private func moveStarts(isMoving: Bool) -> [Int] {
    var starts = [0]
    for number in 0..<pieceCount {
      let bins = groupBins[number / parts.count].count * parts.groups(of: number % parts.count).count
      starts.append(starts[number] + (isMoving ? 2 * regions * bins : 0))
    }
    return starts
  }

  /// Spreads a piece's bins of one image, region by region.
  private func spread(
    _ operands: Operands, _ piece: Piece, image: Int, into map: inout MutableSpan<T>,
    moves: inout MutableSpan<T>
  ) {
    var batch = Batch(bins: SampledBins(keepsSlopes: moves.count > 0))
    let size = pooling.pooledSize
    let channelsPerClass = geometry.channelsPerClass
    let origin = self.map.first(
      image: image, channel: piece.group * pooling.outputDim + piece.channels.lowerBound)
    for region in 0..<regions {
      let roi = RegionOfInterest(operands.rois.span, row: region, images: self.map.images)
      guard roi.image == image else { continue }
      let axes = geometry.axes(of: roi)
      for (place, bin) in piece.bins.enumerated() {
        let target = ((region * size + bin.row) * size + bin.column) * pooling.outputDim
        for index in piece.classes {
          let channel = max(index * channelsPerClass, piece.channels.lowerBound)
          let samples = geometry.addSamples(
            axes, bin, region: region, class: index, operands.trans.span, rowStride: self.map.width,
            columnStride: 1, to: &batch.bins)
          batch.bins.bins.append(
            SampledBin(
              first: origin + channel - piece.channels.lowerBound, rows: samples.rows,
              columns: samples.columns, samples: samples.count, target: target + channel))
          batch.moves.append(
            2 * ((region * piece.bins.count + place) * piece.classes.count + index - piece.classes.lowerBound)
          )
        }
        if batch.bins.taps.count >= tapLimit {
          flush(&batch, operands, piece, origin: origin, into: &map, moves: &moves)
        }
      }
    }
    flush(&batch, operands, piece, origin: origin, into: &map, moves: &moves)
  }

  private func flush(
    _ batch: inout Batch, _ operands: Operands, _ piece: Piece, origin: Int, into map: inout MutableSpan<T>,
    moves: inout MutableSpan<T>
  ) {
    let isMoving = moves.count > 0
    var worth = [T](repeating: 0, count: isMoving ? 2 * batch.moves.count : 0)
    var worthSpan = worth.mutableSpan
    kernels.scatterBins(
      operands.outputGradient.span, operands.data.span, batch.bins.taps.span, slopes: batch.bins.slopes.span,
      batch.bins.bins.span,
      BinSpreading(
        channels: min(geometry.channelsPerClass, piece.channels.count), dataStride: self.map.channels,
        mapStride: piece.channels.count, origin: origin), into: &map, moves: &worthSpan)
    if isMoving {
      for (index, place) in batch.moves.enumerated() {
        moves[place] = worth[2 * index]
        moves[place + 1] = worth[2 * index + 1]
      }
    }
    batch.bins.removeAll()
    batch.moves.removeAll(keepingCapacity: true)
  }

  /// Writes a piece's channels: channel k of group g is the data's k·groups + g.
  private func write(_ part: Elements<T>, _ piece: Piece, image: Int, to data: MutableElements<T>) {
    let width = piece.channels.count
    for (place, channel) in piece.channels.enumerated() {
      let plane = image * map.channels + channel * groupBins.count + piece.group
      data[plane * places..<(plane + 1) * places].withSpan { plane in
        let part = part.span
        for index in plane.indices { plane[index] = part[index * width + place] }
      }
    }
  }

  /// Sums what bins are worth to their offsets, bin by bin and part by part: trans `[R, 2·K, parts, parts]`.
  private func sum(
    _ moves: Elements<T>, _ starts: [Int], _ operands: Operands, into trans: MutableElements<T>,
    _ threads: Threads
  ) {
    let classes = geometry.classes
    let parts = (0..<classes).map { self.parts.parts(of: $0) }
    let partSize = pooling.partSize
    let scale = T(Float(pooling.transStd))
    trans.forEachChunk(of: 2 * classes * partSize * partSize, on: threads) { start, chunk, _ in
      let region = start / (2 * classes * partSize * partSize)
      let axes = geometry.axes(of: RegionOfInterest(operands.rois.span, row: region, images: map.images))
      let lengths = [scale * T(axes.x.length), scale * T(axes.y.length)]
      chunk.update(repeating: 0)
      for (group, bins) in groupBins.enumerated() {
        for (place, bin) in bins.enumerated() {
          let target = pooling.part(of: bin.row) * partSize + pooling.part(of: bin.column)
          for index in 0..<classes {
            for part in parts[index] {
              let held = self.parts.groups(of: part)
              let source =
                starts[group * self.parts.count + part]
                + 2 * ((region * bins.count + place) * held.count + index - held.lowerBound)
              for axis in 0..<2 {
                let channel = 2 * index + (pooling.transOrder == .xy ? axis : 1 - axis)
                let worth = moves.span[source + axis]
                // A region without samples may be of any length.
                if worth != 0 { chunk[channel * partSize * partSize + target] += worth * lengths[axis] }
              }
            }
          }
        }
      }
    }
  }
}
