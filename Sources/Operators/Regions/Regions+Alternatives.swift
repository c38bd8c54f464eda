package import Tensors

extension AlternativeList {
  /// Other ways to read rois `[R, 5]`.
  mutating func addRegions(scale: Double) {
    let rois = shape(1)
    guard rois.rank == 2, rois[1] == 5 else { return }
    add("corners read as y before x", remedy: "give corners as x1, y1, x2, y2", input: 1) {
      $0.selecting([0, 2, 1, 4, 3], axis: 1)
    }
    add("every region read from the first image", remedy: "use the batch index of each region", input: 1) {
      $0.mapRegions { [0] + $0[1...] }
    }
    let images = shape(0).rank > 0 ? shape(0)[0] : 0
    if images > 1 {
      add(
        "every region read from the other image (batch indices reversed)",
        remedy: "use the batch index of each region", input: 1
      ) { $0.mapRegions { [Double(images - 1) - $0[0]] + $0[1...] } }
    }
    add("regions without the +1 of their width", remedy: "count the last column and row", input: 1) {
      $0.mapRegions { [$0[0], $0[1], $0[2], $0[3] - 1, $0[4] - 1] }
    }
    add("regions with another +1 of their width", remedy: "count the last column and row once", input: 1) {
      $0.mapRegions { [$0[0], $0[1], $0[2], $0[3] + 1, $0[4] + 1] }
    }
    add(
      "corners read as x, y, width, height", remedy: "give corners as x1, y1, x2, y2", input: 1
    ) { $0.mapRegions { [$0[0], $0[1], $0[2], $0[1] + $0[3], $0[2] + $0[4]] } }
    guard scale > 0, scale.isFinite else { return }
    add("corners moved by half a map element less", remedy: "leave out the half-pixel shift", input: 1) {
      $0.mapRegions { [$0[0]] + $0[1...].map { $0 - 0.5 / scale } }
    }
    add("corners moved by half a map element more", remedy: "subtract half a pixel", input: 1) {
      $0.mapRegions { [$0[0]] + $0[1...].map { $0 + 0.5 / scale } }
    }
    add("corners cut to whole map elements", remedy: "round corners by the declared rule", input: 1) {
      $0.mapRegions { [$0[0]] + $0[1...].map { ($0 * scale).rounded(.down) / scale } }
    }
  }

  mutating func addRounding(_ path: WritableKeyPath<O, RegionRounding>) {
    for (rule, words) in [
      (RegionRounding.awayFromZero, "corners rounded half away from zero"),
      (.toEven, "corners rounded half to even"), (.down, "corners rounded down"),
      (.unrounded, "corners that are not rounded"),
    ] {
      add(words, remedy: "round corners by the rule '\(operation[keyPath: path].rawValue)'") {
        $0[keyPath: path] = rule
      }
    }
  }

  /// Layouts of the channels of position-sensitive maps, `[outputDim, G, G]` here.
  mutating func addPositionSensitiveChannels(outputDim: Int, groups: Int) {
    guard groups > 1, shape(0).rank == 4, shape(0)[1] == outputDim * groups * groups else { return }
    let bins = groups * groups
    add(
      "channels read as [bins, classes]", remedy: "give the channels as [classes, bins]", input: 0
    ) {
      $0.selecting((0..<outputDim * bins).map { $0 % bins * outputDim + $0 / bins }, axis: 1)
    }
    add("bins' channels counted column by column", remedy: "count the bins row by row", input: 0) {
      $0.selecting(
        (0..<outputDim * bins).map { $0 / bins * bins + $0 % groups * groups + $0 % bins / groups }, axis: 1)
    }
  }
}

extension Tensor {
  /// A function of each row of regions, in fp64.
  fileprivate func mapRegions(_ function: ([Double]) -> [Double]) -> Tensor {
    let elements = converted(to: Double.self)
    let rows = stride(from: 0, to: elements.count, by: 5).flatMap { function(Array(elements[$0..<$0 + 5])) }
    return Tensor(rows, shape: shape)
  }
}

extension ROIPooling: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    // Bins of whole elements need whole corners.
    for (rule, words) in [
      (RegionRounding.awayFromZero, "corners rounded half away from zero"),
      (.toEven, "corners rounded half to even"), (.down, "corners rounded down"),
    ] {
      list.add(words, remedy: "round corners by the rule '\(rounding.rawValue)'") { $0.rounding = rule }
    }
    list.addRegions(scale: spatialScale)
    addOneToEnds(to: &list)
    list.add("bins of the other axis", remedy: "give the pooled size as rows, columns") {
      $0.pooledSize.reverse()
    }
    list.add("a spatial scale of 1", remedy: "scale corners by \(spatialScale)") { $0.spatialScale = 1 }
    list.append(
      Alternative(
        "RoI align", remedy: "pool bins of whole elements by their maximum",
        operation: ROIAlign(pooledSize: pooledSize, spatialScale: spatialScale, coordinates: .corner)))
    return list.all
  }

  /// Here a region's last element is one of the map, not one of the picture.
  private func addOneToEnds(to list: inout AlternativeList<Self>) {
    guard list.shape(1).rank == 2, list.shape(1)[1] == 5, spatialScale > 0 else { return }
    let element = 1 / spatialScale
    list.add("regions without the last map element (no +1)", remedy: "count both ends", input: 1) {
      $0.mapRegions { [$0[0], $0[1], $0[2], $0[3] - element, $0[4] - element] }
    }
  }
}

extension PSROIPooling: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    list.addRounding(\.rounding)
    list.addRegions(scale: spatialScale)
    list.addPositionSensitiveChannels(outputDim: outputDim, groups: groupSize)
    list.add("a spatial scale of 1", remedy: "scale corners by \(spatialScale)") { $0.spatialScale = 1 }
    return list.all
  }
}

extension DeformablePSROIPooling: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    list.addRounding(\.rounding)
    list.addRegions(scale: spatialScale)
    list.addPositionSensitiveChannels(outputDim: outputDim, groups: groupSize)
    list.add("one sample a bin", remedy: "take \(samplesPerPart)² samples of each bin") {
      $0.samplesPerPart = 1
    }
    list.add("a spatial scale of 1", remedy: "scale corners by \(spatialScale)") { $0.spatialScale = 1 }
    guard hasTrans, list.shape(2).rank == 4 else { return list.all }
    let names = transOrder == .xy ? ("y", "x") : ("x", "y")
    list.add(
      "trans read as \(names.0) before \(names.1)", remedy: "give trans as \(names.1), \(names.0)"
    ) { $0.transOrder = transOrder == .xy ? .yx : .xy }
    list.add("trans ignored", remedy: "move the bins by trans", input: 2) { $0.mapElements { _ in 0 } }
    list.add("trans with the wrong sign", remedy: "add trans instead of subtracting it", input: 2) {
      $0.mapElements { -$0 }
    }
    list.add("trans without its factor", remedy: "multiply trans by \(transStd)") { $0.transStd = 1 }
    list.add("trans whose rows and columns are exchanged", remedy: "keep the parts row by row", input: 2) {
      $0.transposed([0, 1, 3, 2])
    }
    let count = list.shape(2)[0]
    if count > 2 {
      for (steps, words) in [(1, "next region"), (-1, "region before")] {
        list.add("the trans of the \(words)", remedy: "move each region by its own trans", input: 2) {
          $0.selecting((0..<count).map { ($0 + steps + count) % count }, axis: 0)
        }
      }
    }
    let classes = list.shape(2)[1] / 2
    if classes > 1 {
      list.add(
        "the first class's trans for all classes", remedy: "move each class's bins by its own trans", input: 2
      ) { $0.selecting((0..<2 * classes).map { $0 % 2 }, axis: 1) }
      list.add("trans read as all x, then all y", remedy: "give x and y of each class together", input: 2) {
        $0.selecting((0..<2 * classes).map { $0 % 2 * classes + $0 / 2 }, axis: 1)
      }
    }
    return list.all
  }
}

extension ROIAlign: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    list.add(
      coordinates == .corner ? "corners moved by half a pixel (aligned)" : "corners without the half pixel",
      remedy: coordinates == .corner ? "leave out the half-pixel shift" : "subtract half a pixel"
    ) { $0.coordinates = coordinates == .corner ? .halfPixel : .corner }
    for ratio in [0, 1, 2, 4] {
      list.add(
        ratio == 0 ? "a sampling ratio that adapts to the region" : "a sampling ratio of \(ratio)",
        remedy: "use a sampling ratio of \(samplingRatio)"
      ) { $0.samplingRatio = ratio }
    }
    for (function, words) in [
      (Function.average, "the mean of a bin's samples"),
      (.maximumOfWeighted, "the largest weighted neighbour"), (.maximum, "the largest sample"),
    ] {
      list.add(words, remedy: "take '\(self.function.rawValue)'") { $0.function = function }
    }
    list.addRegions(scale: spatialScale)
    list.add("a spatial scale of 1", remedy: "scale corners by \(spatialScale)") { $0.spatialScale = 1 }
    return list.all
  }
}
