package import Tensors

extension PyramidROIPooling {
  package var layout: LayoutPreference { .channelsLast }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let levels = strides.indices.map { LevelPooler(self, level: $0, at: site) }
    let regions = site.output().shape[0]
    let size = site.output().shape.count / max(1, regions)
    return Step(scratch: regionsAtOnce * (levels.map(\.scratchPerRegion).max() ?? 0)) { evaluation in
      let rois = evaluation.input(roisIndex)
      let pieces = pieces(of: rois.span, count: regions)
      let output = evaluation.output()
      evaluation.threads.forEach(pieces.count) { index, worker in
        let (level, rows) = pieces[index]
        guard let level else {
          for row in rows {
            output[row * size..<(row + 1) * size].withSpan { pooled in
              for place in pooled.indices { pooled[place] = 0 }
            }
          }
          return
        }
        levels[level].pool(
          rows, of: rois.span, evaluation.input(level).span, into: output,
          scratch: evaluation.scratch(of: worker))
      }
    }
  }

  /// Regions of one level, few enough to share, in their order; those that belong nowhere have no level.
  private func pieces<T: Lane>(of rois: Span<T>, count: Int) -> [(level: Int?, rows: [Int])] {
    var byLevel: [[Int]] = Array(repeating: [], count: strides.count + 1)
    for row in 0..<count { byLevel[level(of: rois, row: row) ?? strides.count].append(row) }
    return byLevel.enumerated().flatMap { level, rows in
      stride(from: 0, to: rows.count, by: regionsAtOnce).map {
        (level < strides.count ? level : nil, Array(rows[$0..<min($0 + regionsAtOnce, rows.count)]))
      }
    }
  }

  /// ⌊2 + log₂(√(w·h)/224)⌋ in fp32, clipped to the levels; nil where that is no number.
  func level<T: Lane>(of rois: Span<T>, row: Int) -> Int? {
    let corners = (1...4).map { rois[5 * row + $0].asFloat }
    let (width, height) = (corners[2] - corners[0] + 1, corners[3] - corners[1] + 1)
    return level(ofSide: (width * height).squareRoot() / 224)
  }

  /// The level of regions with this side, in units of 224 pixels; nil where that is no number.
  package func level(ofSide side: Float) -> Int? {
    let level = (2 + Float.log2(side)).rounded(.down)
    return level.isNaN ? nil : Int(min(max(level, 0), Float(strides.count - 1)))
  }
}

extension PyramidROIPooling {
  static var samplesPerPart: Int { 4 }
  /// γ: what an offset of 1 moves, in regions.
  static var transStd: Double { Double(Float(0.1)) }

  package func spatialScale(level: Int) -> Double { Double(1 / Float(strides[level])) }

  /// How the regions of a level are pooled, before and after their bins have moved.
  package func deformablePooling(level: Int, hasTrans: Bool) -> DeformablePSROIPooling {
    DeformablePSROIPooling(
      spatialScale: spatialScale(level: level), outputDim: outputDim, groupSize: 1, pooledSize: pooledSize[0],
      samplesPerPart: Self.samplesPerPart, transStd: hasTrans ? Self.transStd : 0, hasTrans: hasTrans)
  }
}

/// Pools regions from one level's map.
private struct LevelPooler<T: Lane>: Sendable {
  /// The layer that makes offsets of what was pooled without them.
  private struct Offsets: Sendable {
    let plain: DeformableRegionPooler<T>
    let layer: BlockedProduct<T>
    let moved: DeformableRegionPooler<T>
  }

  private let map: RegionMap
  private let kernels: any KernelSet<T>
  private let pooling: ROIPooling
  private let offsets: Offsets?
  /// Elements of a pooled region.
  private let size: Int

  init(_ operation: PyramidROIPooling, level: Int, at site: Site<T>) {
    let (map, kernels) = (RegionMap(site.input(level)), site.kernels)
    (self.map, self.kernels) = (map, kernels)
    let bins = operation.pooledSize
    pooling = ROIPooling(pooledSize: bins, spatialScale: operation.spatialScale(level: level))
    size = bins[0] * bins[1] * map.channels
    guard operation.isDeformable else {
      offsets = nil
      return
    }
    func pooler(_ trans: DeformableRegionPooler<T>.TransLayout?) -> DeformableRegionPooler<T> {
      DeformableRegionPooler(
        operation.deformablePooling(level: level, hasTrans: trans != nil), map: map, kernels: kernels,
        trans: trans)
    }
    let weight = operation.offsetWeightIndex(level: level)
    let dimensions = BlockedProduct<T>.Dimensions(
      groups: 1, taps: bins[0] * bins[1], channelsPerGroup: operation.outputDim,
      filtersPerGroup: 2 * bins[0] * bins[1])
    offsets = Offsets(
      plain: pooler(nil),
      layer: BlockedProduct(
        dimensions, weight: .elements(site.parameter(weight)), .filtersFirst(dimensions),
        bias: site.parameter(weight + 1), kernels: kernels),
      moved: pooler(.logical(channels: 2, parts: bins[0])))
  }

  /// Elements of scratch memory: what is pooled without offsets, and the offsets.
  var scratchPerRegion: Int { offsets.map { size + $0.layer.dimensions.filters } ?? 0 }

  /// Writes some regions' rows of the output.
  func pool(
    _ rows: [Int], of rois: Span<T>, _ data: Span<T>, into output: MutableElements<T>,
    scratch: MutableElements<T>
  ) {
    guard let offsets else {
      for row in rows {
        var bins: [RegionBin] = []
        let region = RegionOfInterest(rois, row: row, images: map.images)
        pooling.add(region, of: map, target: 0, stride: map.channels, to: &bins)
        output[row * size..<(row + 1) * size].withSpan {
          kernels.reduce(data, bins.span, pooling.reading(of: map), into: &$0)
        }
      }
      return
    }
    let pooled = scratch[0..<rows.count * size]
    pooled.withSpan { offsets.plain.pool(rows.map { ($0, 0) }, of: rois, data, trans: Span(), into: &$0) }
    let moves = scratch[pooled.count..<pooled.count + rows.count * offsets.layer.dimensions.filters]
    moves.withSpan {
      offsets.layer.run(
        rows.count, rows: pooled.elements.span, rowStride: size, into: &$0,
        outputStride: offsets.layer.dimensions.filters)
    }
    for (place, row) in rows.enumerated() {
      output[row * size..<(row + 1) * size].withSpan {
        offsets.moved.pool([(row, place)], of: rois, data, trans: moves.elements.span, into: &$0)
      }
    }
  }
}
