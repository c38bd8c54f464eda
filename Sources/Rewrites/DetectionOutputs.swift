package import Graphs
package import Operators
internal import OrderedCollections
internal import Tensors

extension Model {
  /// Names of the graph outputs that `addingDetections` adds: `[n, 4]` corners in pixels of the picture, `[n]` scores,
  /// the best first, and `[n]` class numbers.
  package static let detectionNames = ["detection_boxes", "detection_scores", "detection_classes"]

  /// The same network with its detections as further outputs: boxes decoded, clipped to the input and divided by the
  /// scale, suppressed class by class, the best of all kept (Deformable-ConvNets `rfcn/core/tester.py`).
  ///
  /// In single precision, where the original computes boxes in fp64; and of equal scores at the end of the list, some
  /// may be missing.
  ///
  /// - Parameter opset: the operator set of the added nodes, 18 or later.
  /// - Throws: `OperatorError` where the recipe's values are not there, or its suppression lowers scores: ONNX has
  ///   greedy suppression alone.
  package func addingDetections(_ recipe: NetworkRecipe, opset: Int) throws(OperatorError) -> Model {
    guard case .detections(let detections) = recipe.output else {
      throw OperatorError("network", found: "a segmentation", expected: "a detector")
    }
    guard case .greedy(let threshold) = detections.suppression else {
      throw OperatorError(
        "suppression", found: "one that lowers scores", expected: "the greedy one, as NonMaxSuppression is")
    }
    var builder = DetectionBuilder(self, opset: opset)
    try builder.add(detections, recipe, threshold: threshold)
    return builder.model
  }
}

/// Adds nodes to a model's end.
private struct DetectionBuilder {
  var model: Model
  private let opset: Int
  private var number = 0
  private let byName: [String: Graph.ValueID]

  init(_ model: Model, opset: Int) {
    self.model = model
    self.opset = opset
    byName = Dictionary(
      model.graph.traceNames.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
  }

  private func value(_ name: String) throws(OperatorError) -> Graph.ValueID {
    guard let id = byName[name] else {
      throw OperatorError("recipe", found: "the value '\(name)'", expected: "one of the graph's")
    }
    return id
  }

  private mutating func nodes(
    _ op: String, _ inputs: [Graph.ValueID?], _ attributes: ONNXNode.Attributes = [:], outputs names: [String]
  ) -> [Graph.ValueID] {
    number += 1
    return model.graph.addNode(
      "detections/\(op)_\(number)",
      Deferred(
        op, opset: opset, attributes: attributes, inputCount: inputs.count, outputCount: names.count),
      inputs: inputs, outputNames: names.map { $0.isEmpty ? "detections/\(op)_\(number)_output" : $0 })
  }

  private mutating func node(
    _ op: String, _ inputs: Graph.ValueID?..., attributes: ONNXNode.Attributes = [:], name: String = ""
  ) -> Graph.ValueID {
    nodes(op, inputs, attributes, outputs: [name])[0]
  }

  private mutating func constant(_ tensor: Tensor) -> Graph.ValueID {
    number += 1
    let name = "detections/constant_\(number)"
    model.tensors[name] = tensor
    return model.graph.addVariable(name, tensor: name, type: ValueType(tensor))
  }

  private mutating func integers(_ values: Int...) -> Graph.ValueID {
    constant(Tensor(values.map(Int64.init), shape: [values.count]))
  }

  private mutating func number(_ value: Float) -> Graph.ValueID { constant(Tensor([value], shape: [1])) }

  private mutating func slice(_ id: Graph.ValueID, axis: Int, from start: Int, to end: Int) -> Graph.ValueID {
    let (starts, ends, axes) = (integers(start), integers(end), integers(axis))
    return node("Slice", id, starts, ends, axes)
  }

  /// Two halves of the last axis, which has four places.
  private mutating func halves(_ id: Graph.ValueID, axis: Int) -> (
    first: Graph.ValueID, second: Graph.ValueID
  ) {
    (slice(id, axis: axis, from: 0, to: 2), slice(id, axis: axis, from: 2, to: 4))
  }

  mutating func add(
    _ detections: NetworkRecipe.Detections, _ recipe: NetworkRecipe, threshold: Double
  ) throws(OperatorError) {
    let classes = recipe.classNames.count
    guard classes >= 2 else {
      throw OperatorError("recipe", found: "\(classes) classes", expected: "a background and others")
    }
    let boxes = try boxes(detections, recipe, classes: classes)
    // [classes − 1, regions]
    let table = node("Reshape", try value(detections.scores), integers(-1, classes))
    let scores = node(
      "Transpose", slice(table, axis: 1, from: 1, to: classes), attributes: ["perm": .integers([1, 0])])
    // Far corners stand one pixel further out, as the original counts widths.
    let corners = halves(boxes, axis: 2)
    let wide = node(
      "Concat", corners.first, node("Add", corners.second, number(1)), attributes: ["axis": .integer(2)])
    // Every class is a picture of its own, for each has its own boxes.
    let kept = node(
      "NonMaxSuppression", wide, node("Unsqueeze", scores, integers(1)),
      constant(Tensor([Int64(1) << 31], shape: [1])),
      number(Float(threshold)), number(Float(detections.scoreThreshold)))
    let places = node("Gather", kept, integers(0, 2), attributes: ["axis": .integer(1)])
    finish(
      boxes: node("GatherND", boxes, places), scores: node("GatherND", scores, places),
      classes: node(
        "Add",
        node("Gather", kept, constant(Tensor([Int64(0)], shape: [])), attributes: ["axis": .integer(1)]),
        integers(1)),
      atMost: detections.maximumCount)
  }

  /// Boxes on the picture, `[classes − 1, regions, 4]`.
  private mutating func boxes(
    _ detections: NetworkRecipe.Detections, _ recipe: NetworkRecipe, classes: Int
  ) throws(OperatorError) -> Graph.ValueID {
    let regions = slice(
      node("Reshape", try value(detections.rois), integers(-1, 1, 5)), axis: 2, from: 1, to: 5)
    let count = detections.isClassAgnostic ? 2 : classes
    let deltas = slice(
      node("Reshape", try value(detections.deltas), integers(-1, count, 4)), axis: 1, from: 1, to: count)
    let (low, high) = halves(regions, axis: 2)
    let size = node("Add", node("Sub", high, low), number(1))
    let center = node("Add", low, node("Mul", number(0.5), node("Sub", size, number(1))))
    let (shift, growth) = halves(deltas, axis: 2)
    let middle = node("Add", node("Mul", shift, size), center)
    let half = node("Mul", number(0.5), node("Sub", node("Mul", node("Exp", growth), size), number(1)))
    // Width, then height of the input, less one.
    let sides = node("Gather", node("Shape", try value(recipe.input.image)), integers(3, 2))
    let last = node("Sub", node("Cast", sides, attributes: ["to": .integer(1)]), number(1))
    var corners: [Graph.ValueID?] = []
    for op in ["Sub", "Add"] {
      corners.append(node("Max", node("Min", node(op, middle, half), last), number(0)))
    }
    var boxes = nodes("Concat", corners, ["axis": .integer(2)], outputs: [""])[0]
    if let info = recipe.input.imageInfo {
      let scale = slice(node("Reshape", try value(info), integers(-1)), axis: 0, from: 2, to: 3)
      boxes = node("Div", boxes, scale)
    }
    let byClass = node("Transpose", boxes, attributes: ["perm": .integers([1, 0, 2])])
    return detections.isClassAgnostic ? node("Expand", byClass, integers(classes - 1, 1, 1)) : byClass
  }

  /// The best of all classes.
  private mutating func finish(
    boxes: Graph.ValueID, scores: Graph.ValueID, classes: Graph.ValueID, atMost count: Int
  ) {
    let found = node("Shape", scores)
    let wanted = count > 0 ? node("Min", found, integers(count)) : found
    let names = Model.detectionNames
    let best = nodes("TopK", [scores, wanted], ["axis": .integer(0)], outputs: [names[1], ""])
    let outputs = [
      node("Gather", boxes, best[1], name: names[0]), best[0],
      node("Gather", classes, best[1], name: names[2]),
    ]
    let types = [
      ValueType(.float32, PartialShape([nil, 4])), ValueType(.float32, PartialShape([nil])),
      ValueType(.int64, PartialShape([nil])),
    ]
    for (id, type) in zip(outputs, types) { model.graph.declare(id, type) }
    model.graph.setOutputs(model.graph.outputs + outputs)
  }
}
