internal import Bytes
internal import Operators
internal import OrderedCollections
internal import Tensors
internal import Toolkit

/// What a run came to, for people and for machines.
struct RunSummary {
  let model: String
  let network: String?
  let precision: RunPrecision
  let outputs: OrderedDictionary<String, Tensor>
  let feed: NetworkFeed
  let result: NetworkResult?
  let elapsed: Duration
  /// Bytes of the values between layers, and what they take at least, however they were placed.
  let memory: (values: Int?, least: Int?)
  let outputPath: String?
  let tracePath: String?
  let recordedCount: Int
  let drawingPath: String?

  /// The document `dcnconv-run/1` (Schemas/run.md).
  var json: JSONValue {
    var document: JSONObject = [
      "schema": "dcnconv-run/1",
      "model": ["path": .text(model), "network": network.map { .text($0) } ?? .null],
      "precision": .text(precision.rawValue),
      "isa": .text("\(InstructionSet.chosen)"),
      "memory": [
        "values": memory.values.map { .integer($0) } ?? .null,
        "least": memory.least.map { .integer($0) } ?? .null,
      ],
      "inputs": .list(feed.tensors.map(description)),
      "outputs": .list(outputs.map(description)),
      "frame": feed.frame.map { frame in
        [
          "picture": size(frame.picture), "input": size(frame.input), "content": size(frame.content),
          "scale": .number(frame.scale),
        ]
      } ?? .null,
    ]
    for member in result?.json.members ?? [] { document[member.key] = member.value }
    document["files"] = [
      "outputs": outputPath.map { .text($0) } ?? .null,
      "trace": tracePath.map { ["path": .text($0), "values": .integer(recordedCount)] } ?? .null,
      "drawing": drawingPath.map { .text($0) } ?? .null,
    ]
    return .object(document)
  }

  private func description(_ name: String, _ tensor: Tensor) -> JSONValue {
    [
      "name": .text(name), "dtype": .text(tensor.elementType.rawValue),
      "shape": .list(tensor.shape.dimensions.map { .integer($0) }),
    ]
  }

  private func size(_ size: PreparedPicture.Size) -> JSONValue {
    ["width": .integer(size.width), "height": .integer(size.height)]
  }

  /// - Parameter shownScore: detections that do not score above it are counted, not listed.
  func print(with printer: Printer, shownScore: Double) {
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    printer.print(
      printer.styled((network ?? model).escapedForDisplay, .bold)
        + ": ran in \(fixed(seconds, 2)) s, \(precision.rawValue), \(InstructionSet.chosen)"
        + (memory.values.map { ", values in \(byteText($0))" } ?? ""))
    if let frame = feed.frame {
      printer.print(
        "  picture \(frame.picture.width)×\(frame.picture.height), "
          + "input \(frame.input.width)×\(frame.input.height)")
    }
    switch result {
    case .detections(let detections): print(detections, with: printer, shownScore: shownScore)
    case .segmentation(let segmentation): print(segmentation, with: printer)
    case nil: printOutputs(with: printer)
    }
    for (title, path) in [("outputs", outputPath), ("drawing", drawingPath)] {
      if let path { printer.print("  \(title) in \(path)".escapedForDisplay) }
    }
    if let tracePath { printer.print("  \(grouped(recordedCount)) values in \(tracePath)".escapedForDisplay) }
  }

  private func print(_ detections: [Detection], with printer: Printer, shownScore: Double) {
    let shown = detections.filter { $0.score > shownScore }
    let rest = detections.count - shown.count
    printer.print(
      "  \(shown.count) detection\(shown.count == 1 ? "" : "s")"
        + (rest > 0 ? ", \(rest) more of at most \(fixed(shownScore, 2)) (--show-score lists them)" : ""))
    guard !shown.isEmpty else { return }
    var table = TextTable([
      ("class", .left), ("score", .right), ("left", .right), ("top", .right), ("right", .right),
      ("bottom", .right),
    ])
    for detection in shown {
      table.add(
        [detection.className, fixed(detection.score, 3)] + detection.box.corners.map { fixed($0, 1) })
    }
    printer.print()
    for line in table.lines { printer.print("  " + line) }
  }

  private func print(_ segmentation: Segmentation, with printer: Printer) {
    var table = TextTable([("class", .left), ("share", .right)])
    for share in segmentation.shares { table.add([share.className, fixed(100 * share.share, 1) + " %"]) }
    printer.print()
    for line in table.lines { printer.print("  " + line) }
  }

  private func printOutputs(with printer: Printer) {
    var table = TextTable([
      ("output", .left), ("dtype", .left), ("shape", .left), ("min", .right), ("max", .right),
      ("mean", .right),
    ])
    for (name, tensor) in outputs {
      let statistics = tensor.elementType.isOpaque ? nil : TensorStatistics(tensor)
      let numbers = [statistics?.minimum, statistics?.maximum, statistics?.mean].map { number in
        number.map { "\(Float($0))" } ?? "-"
      }
      table.add([name, tensor.elementType.rawValue, "\(tensor.shape)"] + numbers)
    }
    printer.print()
    for line in table.lines { printer.print("  " + line) }
  }
}
