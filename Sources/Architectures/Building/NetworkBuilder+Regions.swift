internal import Graphs
internal import Operators

/// How the parts of regions are pooled.
struct PartPooling {
  /// Numbers that come out for each part: the output's channels.
  var values: Int
  /// Parts along a side of a region.
  let bins: Int
  /// Channel groups along a side: as many as parts where each part has maps of its own, else 1.
  let channelBins: Int
}

extension NetworkBuilder {
  /// Map elements for each pixel of the input: all pooling but a pyramid's is from stride 16.
  private var spatialScale: Double { 1 / 16 }

  /// The regions that anchors' probabilities and deltas propose on one map of stride 16, or on a pyramid's.
  ///
  /// - Parameters:
  ///   - inputs: probabilities by level, deltas by level, `(height, width, scale)`.
  ///   - strides: of the levels; nil for MXNet's own operator, which knows one map only.
  mutating func proposal(
    _ name: String, _ inputs: [ValueID], strides: [Int], byMXNet: Bool = false
  ) -> ValueID {
    var selection = parameters.proposals
    guard byMXNet else {
      return node(name, PyramidProposal(strides: strides, selection: selection), inputs)
    }
    // MXNet keeps its numbers in fp32, the release's Python in fp64.
    selection.threshold = Double(Float(selection.threshold))
    return node(name, Proposal(stride: strides[0], selection: selection), inputs)
  }

  mutating func regionPooling(_ name: String, _ map: ValueID, _ regions: ValueID, bins: Int) -> ValueID {
    node(name, ROIPooling(pooledSize: [bins, bins], spatialScale: spatialScale), [map, regions])
  }

  mutating func positionSensitivePooling(
    _ name: String, _ map: ValueID, _ regions: ValueID, _ pooling: PartPooling
  ) -> ValueID {
    let operation = PSROIPooling(
      spatialScale: spatialScale, outputDim: pooling.values, pooledSize: pooling.bins,
      groupSize: pooling.channelBins)
    return node(name, operation, [map, regions])
  }

  /// - Parameter offsets: how far each part moves, in tenths of its region; nil where parts stay.
  mutating func deformablePooling(
    _ name: String, _ map: ValueID, _ regions: ValueID, _ pooling: PartPooling, offsets: ValueID? = nil
  ) -> ValueID {
    let operation = DeformablePSROIPooling(
      spatialScale: spatialScale, outputDim: pooling.values, groupSize: pooling.channelBins,
      pooledSize: pooling.bins, partSize: pooling.bins, samplesPerPart: 4,
      transStd: offsets == nil ? 0 : Double(Float(0.1)), hasTrans: offsets != nil)
    return node(name, operation, [map, regions] + (offsets.map { [$0] } ?? []))
  }

  /// Pools each region from the level that suits its size; levels 2 to 5 take part.
  mutating func pyramidPooling(
    _ name: String, _ levels: [PyramidLevel], _ regions: ValueID, movesParts: Bool
  ) -> ValueID {
    let levels = levels.filter { $0.number <= 5 }
    var inputs = levels.map(\.map)
    if movesParts {
      for level in levels {
        let layer = "offset_p\(level.number)"
        inputs += [parameter(layer + "_weight"), parameter(layer + "_bias")]
      }
    }
    let operation = PyramidROIPooling(
      strides: levels.map(\.stride), isDeformable: movesParts, outputDim: self[.head])
    return node(name, operation, inputs + [regions])
  }
}
