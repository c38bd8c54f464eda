internal import Bytes
package import Graphs
internal import Operators
internal import OrderedCollections
package import Tensors
internal import Toolkit

/// Reruns a network from the recorded graph inputs alone, in fp64 and in fp32, and follows how the recording drifts.
///
/// Errors accumulate here, and discrete decisions may flip: the fp32 rerun shows what rounding alone does.
package struct EndToEndVerifier: Sendable {
  private let model: Model
  private let trace: Trace
  private let threads: Threads
  private let names: [Graph.ValueID: String]
  private let precision: Precision

  /// - Throws: `VerificationError` where the trace's own words about its arithmetic are unknown.
  package init(
    _ model: Model, against trace: Trace, arithmetic: Precision.Arithmetic?, threads: Threads
  ) throws(VerificationError) {
    self.model = model
    self.trace = trace
    self.threads = threads
    names = model.graph.traceNames
    precision = try trace.precision(overridden: arithmetic)
  }

  /// - Parameter progress: told after each node how many of how many are done.
  /// - Throws: `VerificationError` where an input was not recorded; the graph's errors where it cannot be run.
  package func judge(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws -> [EndToEndReport] {
    try trace.runs.map { try judge($0, progress: progress) }
  }

  private func judge(
    _ run: Trace.Run, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> EndToEndReport {
    var fed: [Graph.ValueID: Tensor] = [:]
    for id in model.inputs {
      guard let tensor = try run.input(name(id)) else {
        throw VerificationError(
          file: trace.path, "has no '\(run.prefix)inputs/\(name(id))': a rerun starts at the graph's inputs")
      }
      fed[id] = tensor
    }
    let inference = try GraphInference(model, given: fed.mapValues { ValueType($0) })
    let graph = inference.graph
    let order = graph.nodeOrder
    var rerun = Rerun(graph: graph, model: model, fed: fed, constants: inference.constants, threads: threads)
    var layers: [EndToEndReport.Layer] = []
    var gaps: [(name: String, reason: String)] = []
    for (done, index) in order.enumerated() {
      let node = graph.nodes[index]
      rerun.run(index)
      for id in node.outputs {
        guard let recorded = try run.activation(name(id)) else { continue }
        if let values = rerun[id] {
          layers.append(layer(name(id), node, recorded, values))
        } else {
          gaps.append((name(id), rerun.reason(of: id)))
        }
      }
      rerun.release(after: index)
      progress(done + 1, order.count)
    }
    return EndToEndReport(
      run: run.prefix, layers: layers, gaps: gaps,
      detections: try detections(of: run, rerun: rerun, fed: fed))
  }

  private func name(_ id: Graph.ValueID) -> String { names[id] ?? model.graph[id].name }

  private func layer(
    _ name: String, _ node: Node, _ recorded: Tensor, _ values: Rerun.Values
  ) -> EndToEndReport.Layer {
    let reference = values.double.converted(to: Double.self)
    guard recorded.shape == values.double.shape, !recorded.elementType.isOpaque else {
      return EndToEndReport.Layer(
        name: name, operatorName: node.operation.name, relativeError: .infinity, ownRelativeError: 0,
        maximumError: .infinity, ratio: .infinity,
        reason: "recorded shape \(recorded.shape), expected \(values.double.shape)")
    }
    let found = Drift(recorded.converted(to: Double.self), from: reference)
    let own =
      values.float.shape == values.double.shape
      ? Drift(values.float.converted(to: Double.self), from: reference).relative : 1
    // What the arithmetic's inputs lose counts as so many times fp32's rounding.
    let unit = 0x1p-24
    let expected = max(own, unit) * max(1, precision.arithmetic.inputRoundoff / unit)
    return EndToEndReport.Layer(
      name: name, operatorName: node.operation.name, relativeError: found.relative, ownRelativeError: own,
      maximumError: found.maximum, ratio: found.relative / expected, reason: "")
  }
}

/// How far numbers are from their reference.
private struct Drift {
  let relative: Double
  let maximum: Double

  init(_ values: [Double], from reference: [Double]) {
    var (squares, size, maximum) = (0.0, 0.0, 0.0)
    for (a, b) in zip(values, reference) {
      if a == b || (a.isNaN && b.isNaN) {
        if b.isFinite { size += b * b }
        continue
      }
      let difference = abs(a - b)
      guard difference.isFinite else {
        (relative, self.maximum) = (.infinity, .infinity)
        return
      }
      squares += difference * difference
      size += b * b
      maximum = max(maximum, difference)
    }
    relative = squares == 0 ? 0 : size == 0 ? .infinity : (squares / size).squareRoot()
    self.maximum = maximum
  }
}

// What the network's recipe makes of the outputs.
extension EndToEndVerifier {
  private func detections(
    of run: Trace.Run, rerun: Rerun, fed: [Graph.ValueID: Tensor]
  ) throws -> DetectionComparison? {
    guard let recipe = model.recipe, case .detections(let rule) = recipe.output,
      let frame = frame(recipe.input, fed)
    else { return nil }
    var recorded: [String: Tensor] = [:]
    var computed: [String: Tensor] = [:]
    for id in model.graph.outputs + model.inputs where recipe.resultValues.contains(model.graph[id].name) {
      let value = model.graph[id].name
      recorded[value] = try run.activation(name(id)) ?? fed[id]
      computed[value] = rerun[id]?.float ?? fed[id]
    }
    // An output that was not recorded, or whose shape no recipe knows, leaves nothing to compare.
    guard case .detections(let theirs)? = try? recipe.result(of: recorded, frame: frame),
      case .detections(let ours)? = try? recipe.result(of: computed, frame: frame)
    else { return nil }
    return DetectionComparison(recorded: theirs, rerun: ours, recipe: rule)
  }

  /// The picture as the recorded inputs show it.
  private func frame(
    _ input: NetworkRecipe.ImageInput, _ fed: [Graph.ValueID: Tensor]
  ) -> PreparedPicture.Frame? {
    func tensor(_ name: String?) -> Tensor? {
      name.flatMap { name in fed.first { model.graph[$0.key].name == name }?.value }
    }
    guard let image = tensor(input.image), image.shape.rank == 4 else { return nil }
    let size = PreparedPicture.Size(width: image.shape[3], height: image.shape[2])
    var frame = PreparedPicture.Frame(picture: size, input: size, content: size, scale: 1)
    if let info = tensor(input.imageInfo), info.shape.count == 3, !info.elementType.isOpaque {
      let numbers = info.converted(to: Double.self)
      guard let height = Int(checked: numbers[0]), let width = Int(checked: numbers[1]), numbers[2] > 0,
        let pictureHeight = Int(checked: (numbers[0] / numbers[2]).rounded()),
        let pictureWidth = Int(checked: (numbers[1] / numbers[2]).rounded())
      else { return nil }
      frame.content = PreparedPicture.Size(width: width, height: height)
      frame.picture = PreparedPicture.Size(width: pictureWidth, height: pictureHeight)
      frame.scale = numbers[2]
    }
    return frame
  }
}
