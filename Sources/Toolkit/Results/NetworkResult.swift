package import Bytes
package import Graphs
package import Tensors

/// What a network says of a picture.
public enum NetworkResult: Sendable {
  /// Best first.
  case detections([Detection])
  case segmentation(Segmentation)
}

extension NetworkRecipe {
  /// The values that the result is read from: graph outputs, or an input where the caller gave the regions.
  package var resultValues: [String] {
    switch output {
    case .detections(let recipe): [recipe.rois, recipe.scores, recipe.deltas]
    case .segmentation(let scores): [scores]
    }
  }

  /// Reads what the network says of the picture.
  ///
  /// - Parameters:
  ///   - values: at least those of `resultValues`.
  ///   - frame: of the picture that was fed.
  /// - Throws: `RecipeError` where a value is missing, or its shape or type does not fit.
  package func result(
    of values: [String: Tensor], frame: PreparedPicture.Frame, options: DetectionOptions = DetectionOptions()
  ) throws(RecipeError) -> NetworkResult {
    func value(_ name: String) throws(RecipeError) -> (name: String, tensor: Tensor) {
      if let tensor = values[name] { return (name, tensor) }
      throw RecipeError(name, found: "no such output", expected: "one that the network's recipe names")
    }
    switch output {
    case .segmentation(let scores):
      return .segmentation(try Segmentation(scores: value(scores), classNames: classNames, frame: frame))
    case .detections(let recipe):
      let outputs = try RegionOutputs(
        rois: value(recipe.rois), scores: value(recipe.scores), deltas: value(recipe.deltas),
        isClassAgnostic: recipe.isClassAgnostic)
      return .detections(
        outputs.detections(recipe.adjusted(by: options), classNames: classNames, frame: frame))
    }
  }
}

extension NetworkResult {
  /// `{"detections": [{"class", "index", "score", "box": [left, top, right, bottom]}]}`, boxes in pixels of the
  /// picture, or `{"segmentation": {"width", "height", "classes": [{"class", "index", "share"}]}}`.
  package var json: JSONObject {
    switch self {
    case .detections(let detections):
      let list = detections.map { detection -> JSONValue in
        [
          "class": .text(detection.className), "index": .integer(detection.classIndex),
          "score": .number(detection.score), "box": .list(detection.box.corners.map { .number($0) }),
        ]
      }
      return ["detections": .list(list)]
    case .segmentation(let segmentation):
      let classes = segmentation.shares.map { share -> JSONValue in
        [
          "class": .text(share.className), "index": .integer(share.classIndex), "share": .number(share.share),
        ]
      }
      return [
        "segmentation": [
          "width": .integer(segmentation.width), "height": .integer(segmentation.height),
          "classes": .list(classes),
        ]
      ]
    }
  }
}
