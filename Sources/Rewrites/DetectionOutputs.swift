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
  /// Suppression that lowers scores, which ONNX has no operator for, is written out step by step.
  ///
  /// - Throws: `OperatorError` where the recipe's values are not there, or it lowers scores with no end of detections.
  package func addingDetections(_ recipe: NetworkRecipe, opset: Int) throws(OperatorError) -> Model {
    guard case .detections(let detections) = recipe.output else {
      throw OperatorError("network", found: "a segmentation", expected: "a detector")
    }
    var builder = DetectionBuilder(self, opset: opset)
    try builder.add(detections, recipe)
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
    _ detections: NetworkRecipe.Detections, _ recipe: NetworkRecipe
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
    switch detections.suppression {
    case .greedy(let threshold):
      // Every class is a picture of its own, for each has its own boxes.
      let kept = node(
        "NonMaxSuppression", wide, node("Unsqueeze", scores, integers(1)),
        constant(Tensor([Int64(1) << 31], shape: [1])),
        number(Float(threshold)), number(Float(detections.scoreThreshold)))
      let places = node("Gather", kept, integers(0, 2), attributes: ["axis": .integer(1)])
      finish(boxes: boxes, scores: scores, places: places, atMost: detections.maximumCount)
    case .gaussian(let sigma):
      guard (1...1000).contains(detections.maximumCount) else {
        throw OperatorError(
          "maximumCount", found: "\(detections.maximumCount)",
          expected: "1 to 1000 detections: each is a step of its own where suppression lowers scores")
      }
      let rest = node(
        "Where", node("Greater", scores, number(Float(detections.scoreThreshold))), scores, number(-1))
      let taken = softlySuppressed(boxes, wide, rest, sigma: sigma, steps: detections.maximumCount)
      let places = node(
        "Transpose", node("NonZero", node("Greater", taken.scores, number(0))),
        attributes: ["perm": .integers([1, 0])])
      finish(boxes: taken.boxes, scores: taken.scores, places: places, atMost: detections.maximumCount)
    }
  }

  /// Takes the best of each class, lowers the scores of all others by how much they overlap it, and goes on with the
  /// best of these (arXiv:1704.04503). Scores only fall, so that the best of all are among as many steps.
  ///
  /// - Parameters:
  ///   - boxes: `[classes − 1, regions, 4]`, as `wide`, whose far corners stand one pixel further out.
  ///   - scores: `[classes − 1, regions]`, negative for what is no candidate.
  /// - Returns: `[classes − 1, steps, 4]` and `[classes − 1, steps]`, negative where a class has no more.
  private mutating func softlySuppressed(
    _ boxes: Graph.ValueID, _ wide: Graph.ValueID, _ scores: Graph.ValueID, sigma: Double, steps: Int
  ) -> (boxes: Graph.ValueID, scores: Graph.ValueID) {
    let (zero, one, two, four) = (integers(0), integers(1), integers(2), integers(4))
    let (taken, exponent) = (number(-1), number(Float(-1 / sigma)))
    let (back, start) = (constant(Tensor([Int64(-1)], shape: [1])), constant(Tensor([Int64.min], shape: [1])))
    let (batched, flat): (ONNXNode.Attributes, ONNXNode.Attributes) = (
      ["batch_dims": .integer(1)], ["keepdims": .integer(0)]
    )
    // Of equal scores the later is taken first.
    func reversed(_ builder: inout Self, _ id: Graph.ValueID) -> Graph.ValueID {
      builder.node("Slice", id, back, start, one, back)
    }
    let (boxes, wide) = (reversed(&self, boxes), reversed(&self, wide))
    var rest = reversed(&self, scores)
    let (low, high) = (node("Slice", wide, zero, two, two), node("Slice", wide, two, four, two))
    let areas = node("ReduceProd", node("Sub", high, low), two, attributes: flat)
    let scalar = (constant(Tensor([Int64(0)], shape: [])), constant(Tensor([Int64(1)], shape: [])))
    let order = node("Range", scalar.0, node("Gather", node("Shape", rest), scalar.1), scalar.1)
    var (places, values): ([Graph.ValueID?], [Graph.ValueID?]) = ([], [])
    for _ in 0..<steps {
      let best = node("ArgMax", rest, attributes: ["axis": .integer(1)])
      places.append(best)
      values.append(node("ReduceMax", rest, one))
      let box = node("Unsqueeze", node("GatherND", wide, best, attributes: batched), one)
      let (boxLow, boxHigh) = (node("Slice", box, zero, two, two), node("Slice", box, two, four, two))
      let sides = node("Relu", node("Sub", node("Min", high, boxHigh), node("Max", low, boxLow)))
      let common = node("ReduceProd", sides, two, attributes: flat)
      let area = node("ReduceProd", node("Sub", boxHigh, boxLow), two, attributes: flat)
      let overlap = node("Div", common, node("Sub", node("Add", areas, area), common))
      let factor = node("Exp", node("Mul", node("Mul", overlap, overlap), exponent))
      rest = node("Where", node("Equal", order, best), taken, node("Mul", rest, factor))
    }
    let chosen = nodes("Concat", places, ["axis": .integer(1)], outputs: [""])[0]
    return (
      node("GatherND", boxes, node("Unsqueeze", chosen, two), attributes: batched),
      nodes("Concat", values, ["axis": .integer(1)], outputs: [""])[0]
    )
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
  ///
  /// - Parameter places: of what is left, `[n, 2]`: class and column.
  private mutating func finish(
    boxes all: Graph.ValueID, scores table: Graph.ValueID, places: Graph.ValueID, atMost count: Int
  ) {
    let (boxes, scores) = (node("GatherND", all, places), node("GatherND", table, places))
    let first = constant(Tensor([Int64(0)], shape: []))
    let classes = node(
      "Add", node("Gather", places, first, attributes: ["axis": .integer(1)]), integers(1))
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
