package import Bytes
package import Graphs

/// How a network is fed and read, as ONNX files carry it in `metadata_props` (Schemas/export.md).
extension NetworkRecipe {
  package var json: JSONValue {
    ["input": input.json, "output": output.json, "classes": .list(classNames.map { .text($0) })]
  }

  /// Nil where the text is no recipe.
  package init?(json: JSONValue) {
    guard let input = json["input"].flatMap(ImageInput.init(json:)),
      let output = json["output"].flatMap(Output.init(json:)), let classes = json["classes"]?.listValue
    else { return nil }
    let names = classes.compactMap(\.textValue)
    guard names.count == classes.count else { return nil }
    self.init(input: input, output: output, classNames: names)
  }
}

extension NetworkRecipe.ImageInput {
  fileprivate var json: JSONValue {
    [
      "image": .text(image), "imageInfo": imageInfo.map { .text($0) } ?? .null,
      "regions": regions.map { .text($0) } ?? .null, "shortSide": .integer(shortSide),
      "longSide": .integer(longSide), "stride": .integer(stride),
      "meansRGB": .list(meansRGB.map { .number($0) }), "channelOrder": .text(channelOrder),
    ]
  }

  fileprivate init?(json: JSONValue) {
    guard let image = json["image"]?.textValue, let short = json["shortSide"]?.integerValue,
      let long = json["longSide"]?.integerValue, let stride = json["stride"]?.integerValue,
      let means = json["meansRGB"]?.listValue?.compactMap(\.numberValue), means.count == 3,
      let order = json["channelOrder"]?.textValue, (1...1 << 20).contains(short),
      (1...1 << 20).contains(long), (0...1 << 20).contains(stride)
    else { return nil }
    self.init(
      image: image, imageInfo: json["imageInfo"]?.textValue, regions: json["regions"]?.textValue,
      shortSide: short, longSide: long, stride: stride, meansRGB: means, channelOrder: order)
  }
}

extension NetworkRecipe.Output {
  fileprivate var json: JSONValue {
    switch self {
    case .segmentation(let scores): return ["kind": "segmentation", "scores": .text(scores)]
    case .detections(let detections):
      let suppression: JSONValue =
        switch detections.suppression {
        case .greedy(let threshold): ["kind": "greedy", "threshold": .number(threshold)]
        case .gaussian(let sigma): ["kind": "gaussian", "sigma": .number(sigma)]
        }
      return [
        "kind": "detections", "rois": .text(detections.rois), "scores": .text(detections.scores),
        "deltas": .text(detections.deltas), "classAgnostic": .boolean(detections.isClassAgnostic),
        "scoreThreshold": .number(detections.scoreThreshold), "suppression": suppression,
        "maximumCount": .integer(detections.maximumCount),
      ]
    }
  }

  fileprivate init?(json: JSONValue) {
    guard let scores = json["scores"]?.textValue else { return nil }
    if json["kind"]?.textValue == "segmentation" {
      self = .segmentation(scores: scores)
      return
    }
    guard json["kind"]?.textValue == "detections", let rois = json["rois"]?.textValue,
      let deltas = json["deltas"]?.textValue, let isAgnostic = json["classAgnostic"]?.booleanValue,
      let least = json["scoreThreshold"]?.numberValue, let rule = json["suppression"],
      let count = json["maximumCount"]?.integerValue
    else { return nil }
    let suppression: NetworkRecipe.Suppression
    switch (rule["kind"]?.textValue, rule["threshold"]?.numberValue, rule["sigma"]?.numberValue) {
    case ("greedy", let threshold?, _): suppression = .greedy(threshold: threshold)
    case ("gaussian", _, let sigma?): suppression = .gaussian(sigma: sigma)
    default: return nil
    }
    self = .detections(
      NetworkRecipe.Detections(
        rois: rois, scores: scores, deltas: deltas, isClassAgnostic: isAgnostic, scoreThreshold: least,
        suppression: suppression, maximumCount: count))
  }
}
