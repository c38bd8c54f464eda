package import Tensors

/// The dialects of FIELD's known implementations, and their bugs.
extension DeformableConvolution: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    addDialects(to: &list)
    addOffsetLayouts(to: &list)
    addDeformableGroups(to: &list)
    addMasks(to: &list)
    addPartialFaults(to: &list)
    list.addBias(biasIndex) { $0.hasBias = true }
    list.addFilters(weightIndex)
    list.addGeometry(\.geometry)
    list.addGroups(groups, filters: weightIndex)
    return list.all
  }

  private var taps: Int { geometry.taps ?? 0 }

  private func addDialects(to list: inout AlternativeList<Self>) {
    if border == .closed {
      list.add(
        "the zero border (DCNv2, torchvision, ONNX)",
        remedy:
          "export with the closed border's rewrite, or set the border to zero if the weights were trained so"
      ) { $0.border = .zero }
    } else {
      list.add(
        "the closed border (MXNet's v1 operator)",
        remedy: "let samples count from −1 to the size with zeros around the map"
      ) { $0.border = .closed }
    }
    for (rule, words) in [
      (Coordinates.absolute, "positions added to the base in one step"),
      (.relative, "positions relative to the window (MXNet's GPU code)"),
      (.half, "positions stored in half precision"),
    ] {
      list.add(words, remedy: "keep positions as the \(coordinates.rawValue) dialect does") {
        $0.coordinates = rule
      }
    }
    let names = offsetOrder == .yx ? ("x", "y") : ("y", "x")
    list.add(
      "offsets read as \(names.0) before \(names.1)",
      remedy: "give each tap's offsets as \(names.1), \(names.0)"
    ) { $0.offsetOrder = offsetOrder == .yx ? .xy : .yx }
  }

  private func addOffsetLayouts(to list: inout AlternativeList<Self>) {
    let (samples, taps, groups) = (deformableGroups * taps, taps, deformableGroups)
    guard list.shape(1).rank == 4, list.shape(1)[1] == 2 * samples else { return }
    list.add("offsets ignored", remedy: "add the offsets to the sampling grid", input: 1) {
      $0.mapElements { _ in 0 }
    }
    list.add("offsets with the wrong sign", remedy: "add the offsets instead of subtracting them", input: 1) {
      $0.mapElements { -$0 }
    }
    if samples > 1 {
      list.add(
        "offset channels read as all y, then all x", remedy: "interleave y and x of each tap", input: 1
      ) { $0.selecting((0..<2 * samples).map { $0 % 2 * samples + $0 / 2 }, axis: 1) }
    }
    if groups > 1, taps > 1 {
      list.add(
        "offset channels read as all y, then all x of each deformable group",
        remedy: "interleave y and x of each tap", input: 1
      ) {
        $0.selecting(
          (0..<2 * samples).map { $0 / (2 * taps) * 2 * taps + $0 % 2 * taps + $0 % (2 * taps) / 2 }, axis: 1)
      }
    }
    let (rows, columns) = (geometry.kernel[0], geometry.kernel[1])
    if rows > 1, columns > 1 {
      list.add("taps counted column by column", remedy: "count the offsets' taps row by row", input: 1) {
        $0.selecting(
          (0..<2 * samples).map { place in
            let (sample, axis) = (place / 2, place % 2)
            let (group, tap) = (sample / taps, sample % taps)
            return 2 * (group * taps + tap % columns * rows + tap / columns) + axis
          }, axis: 1)
      }
    }
    let images = list.shape(1)[0]
    if images > 1 {
      list.add(
        "the first image's offsets for the whole batch (apache/mxnet#6911)",
        remedy: "read each image's offsets, or run one image at a time", input: 1
      ) { $0.selecting((0..<images).map { _ in 0 }, axis: 0) }
    }
    if geometry.dilation.contains(where: { $0 > 1 }) {
      let dilation = Double(geometry.dilation[0])
      list.add(
        "offsets multiplied by the dilation", remedy: "take the offsets in input pixels", input: 1
      ) { $0.mapElements { $0 * dilation } }
    }
    if geometry.stride.contains(where: { $0 > 1 }) {
      let stride = Double(geometry.stride[0])
      list.add("offsets multiplied by the stride", remedy: "take the offsets in input pixels", input: 1) {
        $0.mapElements { $0 * stride }
      }
    }
  }

  private func addDeformableGroups(to list: inout AlternativeList<Self>) {
    let (taps, runs, groups, maskIndex) = (taps, deformableGroups, groups, maskIndex)
    guard runs > 1, list.shape(1).rank == 4, list.shape(1)[1] == 2 * runs * taps else { return }
    /// Offsets and mask with their deformable groups chosen anew.
    func choose(_ order: [Int]) -> @Sendable (inout [Tensor?]) -> Void {
      { inputs in
        inputs[1] = inputs[1]?.selecting(
          order.flatMap { $0 * 2 * taps..<($0 + 1) * 2 * taps }, axis: 1)
        if let maskIndex {
          inputs[maskIndex] = inputs[maskIndex]?.selecting(
            order.flatMap { $0 * taps..<($0 + 1) * taps }, axis: 1)
        }
      }
    }
    list.add(
      "the first deformable group's offsets for all channels", remedy: "use \(runs) deformable groups",
      inputs: choose([0])
    ) { $0.deformableGroups = 1 }
    list.add(
      "deformable groups in reversed order", remedy: "keep the order of the deformable groups",
      inputs: choose((0..<runs).reversed()))
    let channels = list.shape(0).rank == 4 ? list.shape(0)[1] : 0
    if groups > 1, channels % (groups * runs) == 0 {
      list.add(
        "deformable groups that start again in each group (mmdeploy)",
        remedy: "count deformable groups over all input channels",
        inputs: choose((0..<groups * runs).map { $0 % runs })
      ) { $0.deformableGroups = groups * runs }
    }
    if channels % runs == 0, channels > runs {
      let weightIndex = weightIndex
      let size = channels / runs
      guard groups == 1 else { return }
      // Channel c reads group c mod G: the same as other channels next to each other, in data and weights.
      let order = (0..<channels).map { $0 % size * runs + $0 / size }
      list.add(
        "deformable groups that take every \(runs)th channel",
        remedy: "give each deformable group \(size) channels in a row",
        inputs: {
          $0[0] = $0[0]?.selecting(order, axis: 1)
          $0[weightIndex] = $0[weightIndex]?.selecting(order, axis: 1)
        })
    }
  }

  private func addMasks(to list: inout AlternativeList<Self>) {
    guard let maskIndex else { return }
    let (taps, runs) = (taps, deformableGroups)
    guard list.shape(maskIndex).rank == 4, list.shape(maskIndex)[1] == runs * taps else { return }
    list.add("no mask", remedy: "multiply each sample by its mask", input: maskIndex) {
      $0.mapElements { _ in 1 }
    }
    list.add("the mask applied twice", remedy: "multiply by the mask once", input: maskIndex) {
      $0.mapElements { $0 * $0 }
    }
    list.add("the mask doubled", remedy: "multiply by the mask as it is", input: maskIndex) {
      $0.mapElements { 2 * $0 }
    }
    list.add("a sigmoid applied to the mask", remedy: "take the mask as it is", input: maskIndex) {
      $0.mapElements(sigmoid)
    }
    list.add(
      "a mask without its sigmoid", remedy: "apply the sigmoid to the mask before the layer",
      input: maskIndex
    ) { $0.mapElements(logit) }
    if taps > 1 {
      list.add("the mask's taps in reversed order", remedy: "keep the order of the taps", input: maskIndex) {
        $0.selecting((0..<runs * taps).map { $0 / taps * taps + taps - 1 - $0 % taps }, axis: 1)
      }
      let (rows, columns) = (geometry.kernel[0], geometry.kernel[1])
      list.add(
        "the mask's taps counted column by column", remedy: "count the mask's taps row by row",
        input: maskIndex
      ) {
        $0.selecting(
          (0..<runs * taps).map { place in
            let tap = place % taps
            return place / taps * taps + tap % columns * rows + tap / columns
          }, axis: 1)
      }
    }
    if runs > 1 {
      list.add(
        "the mask read tap by tap, deformable groups innermost",
        remedy: "give the mask's channels with deformable groups outermost", input: maskIndex
      ) { $0.selecting((0..<runs * taps).map { $0 % taps * runs + $0 / taps }, axis: 1) }
    }
  }
}

@Sendable private func sigmoid(_ x: Double) -> Double { 1 / (1 + Double.exp(-x)) }

/// What gives x behind a sigmoid; infinite where nothing does.
@Sendable private func logit(_ x: Double) -> Double { Double.log1p(x / (1 - x) - 1) }
