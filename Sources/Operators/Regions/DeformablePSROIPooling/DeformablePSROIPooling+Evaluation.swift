package import Tensors

extension DeformablePSROIPooling {
  /// With all classes of a bin next to each other they are read as vectors.
  package var layout: LayoutPreference { groupSize == 1 ? .channelsLast : .grouped(groupSize * groupSize) }

  /// Where every channel has its own offsets there are no vectors of channels: samples are taken plane by plane.
  package func layout(for inputs: [Shape?]) -> LayoutPreference {
    hasTrans && inputs.count > 2 && inputs[2]?[1] == 2 * outputDim && outputDim > 1
      ? .logical : .blocks(groups: groupSize * groupSize)
  }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    if site.input(0).layout == .logical, case .logical = layout(for: site.inputs.map { $0?.shape }) {
      return DeformableRegionPlanes(self, at: site).step
    }
    let pooler = DeformableRegionPooler(
      self, map: RegionMap(site.input(0)), kernels: site.kernels,
      trans: hasTrans ? .channelsLast(channels: site.input(2).shape[1], parts: partSize) : nil)
    let pooled = PooledRegions(site, bins: pooledSize * pooledSize)
    return Step(scratch: pooled.scratch(regions: regionsAtOnce / 4)) { evaluation in
      let data = evaluation.input(0)
      let rois = evaluation.input(1)
      let trans = hasTrans ? evaluation.input(2) : MutableElements(count: 0).elements
      pooled.write(evaluation, regionsAtOnce: regionsAtOnce / 4) { regions, output in
        pooler.pool(
          regions.map { ($0, $0) }, of: rois.span, data.span, trans: trans.span, into: &output)
      }
    }
  }
}
