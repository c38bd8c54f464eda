internal import ArgumentParser
internal import Bytes
internal import Engine
internal import Formats
internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Pictures
internal import Tensors
internal import Toolkit

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a network from a picture to detections or segmentation, or from tensors to tensors.",
    discussion: """
      An input is a PNG or JPEG picture, which the network's recipe resizes and normalises as the original does, or \
      a tensor in .npy, .npz or HDF5. An .npz or HDF5 file without NAME= gives every input that it names.

      The output's ending says what is written: .npz, .h5, or .npy where there is one output.
      """)

  @Argument(help: ArgumentHelp("A model in any readable format.", valueName: "model"))
  var model: String

  @OptionGroup var source: ModelOptions

  @Option(
    name: .customLong("input"),
    help: ArgumentHelp("What to feed, such as data=photo.jpg. May be repeated.", valueName: "[name=]file"))
  var inputs: [InputFile] = []

  @Option(
    name: .customLong("region"),
    help: ArgumentHelp(
      "A region of interest in pixels of the picture, for a network that takes the caller's. May be repeated.",
      valueName: "left,top,right,bottom"))
  var regions: [RegionArgument] = []

  @Option(name: .shortAndLong, help: ArgumentHelp("Write the graph's outputs.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Write a trace of inputs and computed values: .npz or .h5.", valueName: "file"))
  var record: String?

  @Option(
    name: .customLong("value"),
    help: ArgumentHelp(
      "Record only values whose name fits this pattern (* and ?). May be repeated.", valueName: "glob"))
  var values: [String] = []

  @Option(
    help: ArgumentHelp("Draw the boxes or the segmentation on the picture: a PNG file.", valueName: "file"))
  var draw: String?

  @OptionGroup var reading: ResultOptions

  @Option(help: "The precision of all arithmetic: float or double.")
  var precision: RunPrecision = .float

  @Flag(help: "Replace existing files.")
  var force = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard !inputs.isEmpty else { throw ValidationError("nothing to run on: give --input") }
    if record == nil, !values.isEmpty { throw ValidationError("--value goes with --record") }
    for path in [output, record].compactMap({ $0 }) {
      let endings = path == record ? [".npz", ".h5", ".hdf5"] : TensorFiles.writtenEndings
      guard endings.contains(where: path.hasSuffix) else {
        throw ValidationError(
          "\(path) ends like no file that can be written: \(endings.joined(separator: ", "))")
      }
    }
    let paths = [output, record, draw].compactMap { $0 }
    if Set(paths).count < paths.count { throw ValidationError("two of the files to write have one name") }
  }

  func run() throws {
    for path in [output, record, draw].compactMap({ $0 }) where !force && fileExists(path) {
      throw ValidationError("\(path) exists; --force replaces it")
    }
    let opened = try source.open(model)
    switch precision {
    case .float: try run(opened, in: Float.self)
    case .double: try run(opened, in: Double.self)
    }
  }

  private func run<T: EvaluationLane>(_ opened: OpenedModel, in type: T.Type) throws {
    let recording = try RecordedSelection(values, of: opened.model.graph, isWanted: record != nil)
    let session = try Session<T>(
      opened.model, recording: recording.values, threads: Threads(common.threadCount))
    var feed = NetworkFeed(opened.model)
    for input in inputs {
      try HDF5Trial.pass(input.path)
      try feed.add(path: input.path, named: input.name)
    }
    if !regions.isEmpty { try feed.add(regions: regions.map(\.box)) }
    if draw != nil, feed.picture == nil { throw ValidationError("--draw needs a picture as input") }
    let trace = try record.map {
      try TraceRecorder(path: $0, recording, of: opened.model, precision: precision, replaces: force)
    }
    try trace?.write(inputs: feed.tensors)
    let bar = ProgressBar("running", common, counting: "steps")
    let start = ContinuousClock.now
    let outputs: OrderedDictionary<String, Tensor>
    do {
      defer { bar.finish() }
      outputs = try session.run(
        feed.tensors, record: { try trace?.write($1, of: $0) },
        progress: { bar.update(done: $0, total: $1) })
    }
    let summary = RunSummary(
      model: model, network: opened.model.network?.name, precision: precision, outputs: outputs,
      feed: feed, result: try feed.result(of: outputs, options: reading.options),
      elapsed: ContinuousClock.now - start,
      memory: (session.arenaByteCount, session.leastByteCount), outputPath: output, tracePath: record,
      recordedCount: trace?.count ?? 0, drawingPath: draw)
    try write(summary, trace)
    if common.json {
      Console.standardOutput.write(summary.json.written() + "\n")
    } else {
      summary.print(with: Printer(.standardOutput, common), shownScore: reading.shownScore)
    }
  }

  /// Writes the files that were asked for.
  private func write(_ summary: RunSummary, _ trace: TraceRecorder?) throws {
    try trace?.finish()
    if let output {
      let sink = try TensorFiles.create(path: output, replaces: force)
      for (name, tensor) in summary.outputs { try sink.write(tensor, named: TraceName.encode(name)) }
      try sink.finish()
    }
    guard let draw else { return }
    guard let picture = summary.feed.picture, let result = summary.result else {
      throw ToolkitError(
        .request, "nothing is known of how this network's outputs are read: nothing can be drawn")
    }
    try result.drawn(on: picture, minimumScore: reading.drawScore ?? NetworkResult.shownScore)
      .writePNG(path: draw, replacing: force)
  }
}

/// How detections are read from a network's outputs, where that departs from its recipe.
struct ResultOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Drop boxes that do not score above this, before suppression.", valueName: "score"))
  var scoreThreshold: Double?

  @Option(
    help: ArgumentHelp(
      "Drop boxes that overlap a better one of their class by more than this share.", valueName: "share"))
  var nms: Double?

  @Option(
    help: ArgumentHelp(
      "Lower the scores of overlapping boxes instead, by a Gaussian of this width.", valueName: "sigma"))
  var softNms: Double?

  @Option(help: ArgumentHelp("Keep at most this many detections; 0 keeps all.", valueName: "count"))
  var maxPerImage: Int?

  @Option(help: ArgumentHelp("Draw detections that score above this (0.7).", valueName: "score"))
  var drawScore: Double?

  @Option(
    help: ArgumentHelp("List detections that score above this; --json lists all (0.05).", valueName: "score"))
  var showScore: Double?

  var shownScore: Double { showScore ?? 0.05 }

  func validate() throws {
    if nms != nil, softNms != nil { throw ValidationError("choose one of --nms and --soft-nms") }
    if let nms, !(0...1).contains(nms) { throw ValidationError("--nms takes a share of 0 to 1, not \(nms)") }
    if let softNms, !(softNms > 0 && softNms.isFinite) {
      throw ValidationError("--soft-nms takes a width above 0, not \(softNms)")
    }
    if let maxPerImage, maxPerImage < 0 {
      throw ValidationError("--max-per-image takes a whole number from 0, not \(maxPerImage)")
    }
    for score in [scoreThreshold, drawScore, showScore].compactMap({ $0 }) where score.isNaN {
      throw ValidationError("a score is a number")
    }
  }

  var options: DetectionOptions {
    let suppression: DetectionOptions.Suppression? =
      nms.map { .greedy(threshold: $0) } ?? softNms.map { .gaussian(sigma: $0) }
    return DetectionOptions(
      scoreThreshold: scoreThreshold, suppression: suppression, maximumCount: maxPerImage)
  }
}

/// In what a run computes.
enum RunPrecision: String, ExpressibleByArgument, CaseIterable {
  case float, double
}

/// `data=photo.jpg`, or a file alone.
struct InputFile: ExpressibleByArgument {
  let name: String?
  let path: String

  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    // A file may have an equals sign in its name: one that exists as it stands is meant so.
    guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex, !fileExists(argument)
    else {
      name = nil
      path = argument
      return
    }
    name = String(argument[..<equals])
    path = String(argument[argument.index(after: equals)...])
  }
}

/// `left,top,right,bottom` in pixels.
struct RegionArgument: ExpressibleByArgument {
  let box: Box

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    let corners = numbers.compactMap { $0 }.filter(\.isFinite)
    guard numbers.count == 4, corners.count == 4 else { return nil }
    box = Box(left: corners[0], top: corners[1], right: corners[2], bottom: corners[3])
  }
}
