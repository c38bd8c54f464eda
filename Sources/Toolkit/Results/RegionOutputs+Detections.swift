package import Graphs

extension NetworkRecipe.Detections {
  /// The recipe with what the options set.
  package func adjusted(by options: DetectionOptions) -> NetworkRecipe.Detections {
    var recipe = self
    if let threshold = options.scoreThreshold { recipe.scoreThreshold = threshold }
    if let count = options.maximumCount { recipe.maximumCount = count }
    switch options.suppression {
    case .greedy(let threshold): recipe.suppression = .greedy(threshold: threshold)
    case .gaussian(let sigma): recipe.suppression = .gaussian(sigma: sigma)
    case nil: break
    }
    return recipe
  }
}

extension RegionOutputs {
  /// What the network found, best first (Deformable-ConvNets `rfcn/core/tester.py`, `im_detect` and `pred_eval`).
  ///
  /// Boxes are decoded in fp64, clipped to the input tensor, padding counted, and divided by the scale. A box
  /// that is not a number, which there would displace all others, is left out.
  ///
  /// - Parameter classNames: by class number; a class beyond them is called by its number.
  package func detections(
    _ recipe: NetworkRecipe.Detections, classNames: [String], frame: PreparedPicture.Frame
  ) -> [Detection] {
    var found: [Detection] = []
    for classIndex in 1..<classCount {
      let name = classNames.indices ~= classIndex ? classNames[classIndex] : "class \(classIndex)"
      let candidates = candidates(classIndex, above: recipe.scoreThreshold, frame)
      for kept in suppressed(candidates, recipe.suppression.rule, atMost: recipe.maximumCount) {
        found.append(
          Detection(classIndex: classIndex, className: name, score: kept.score, box: kept.box))
      }
    }
    // The n-th best score is the bar, so that equals of the last one stay as well.
    if recipe.maximumCount > 0, found.count > recipe.maximumCount {
      let bar = found.map(\.score).sorted(by: >)[recipe.maximumCount - 1]
      found.removeAll { $0.score < bar }
    }
    return found.enumerated()
      .sorted { ($0.element.score, $1.offset) > ($1.element.score, $0.offset) }
      .map(\.element)
  }

  /// Boxes on the picture of all regions whose score is high enough.
  private func candidates(
    _ classIndex: Int, above threshold: Double, _ frame: PreparedPicture.Frame
  ) -> [Candidate] {
    // The original reads the scale back from the network's fp32 input.
    let scale = Double(Float(frame.scale))
    // numpy compares fp32 scores with the threshold rounded to fp32.
    let bar = Double(Float(threshold))
    return (0..<count).compactMap { region in
      let score = score(region, classIndex)
      guard score > bar else { return nil }
      let box = box(region, classIndex).clipped(width: frame.input.width, height: frame.input.height)
      guard box.corners.allSatisfy({ !$0.isNaN }) else { return nil }
      return Candidate(box: box.divided(by: scale), score: score)
    }
  }
}

extension NetworkRecipe.Suppression {
  fileprivate var rule: DetectionOptions.Suppression {
    switch self {
    case .greedy(let threshold): .greedy(threshold: threshold)
    case .gaussian(let sigma): .gaussian(sigma: sigma)
    }
  }
}

extension Box {
  fileprivate func clipped(width: Int, height: Int) -> Box {
    func clip(_ value: Double, _ side: Int) -> Double {
      value.isNaN ? value : max(min(value, Double(side - 1)), 0)
    }
    return Box(
      left: clip(left, width), top: clip(top, height), right: clip(right, width),
      bottom: clip(bottom, height))
  }

  fileprivate func divided(by scale: Double) -> Box {
    Box(left: left / scale, top: top / scale, right: right / scale, bottom: bottom / scale)
  }
}
