internal import ArgumentParser
internal import Bytes
internal import Operators

/// The command `dcnbench`; each group of cases is a file of its own in `Cases`, and a line in `BenchmarkTable`.
@main
struct DCNBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dcnbench",
    abstract: "Times dcnconv: medians, and yardsticks of the same run to compare them with.",
    discussion: "Cases: " + BenchmarkTable.all.flatMap { $0.names }.joined(separator: ", "))

  @Flag(help: "Print the result as JSON on standard output (schema dcnconv-bench/1), and nothing else there.")
  var json = false

  @Flag(help: "Take fewer and smaller samples.")
  var quick = false

  @Option(help: ArgumentHelp("Run these cases only, with commas between.", valueName: "names"))
  var only: String?

  @Option(help: ArgumentHelp("Use this many threads; without, one and then two.", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Also time the frameworks that this Python has: torchvision, onnxruntime, openvino, mxnet, ncnn. May be repeated.",
      valueName: "python"))
  var peers: [String] = []

  @Option(
    help: ArgumentHelp(
      "Compare how many times as fast as each peer we are with this file, and fail where that is a fifth less.",
      valueName: "file"))
  var baseline: String?

  @Option(help: ArgumentHelp("Write how many times as fast as each peer we are.", valueName: "file"))
  var writeBaseline: String?

  @Option(help: ArgumentHelp("Put temporary files here.", valueName: "folder"))
  var folder = "/tmp"

  func validate() throws {
    if let complaint = InstructionSet.complaint { throw ValidationError(complaint) }
    if let threads, threads < 1 {
      throw ValidationError("--threads takes a whole number from 1, not \(threads)")
    }
    let known = Set(BenchmarkTable.all.flatMap { $0.names })
    if let unknown = chosen?.first(where: { !known.contains($0) }) {
      throw ValidationError("no case '\(unknown)'; there are \(known.sorted().joined(separator: ", "))")
    }
  }

  private var chosen: [String]? { only?.split(separator: ",").map(String.init) }

  func run() throws {
    let settings = BenchmarkSettings(
      isQuick: quick, threads: threads.map { [$0] } ?? [1, 2], temporaryFolder: folder,
      peers: Peers(pythons: peers))
    var measurements: [Measurement] = []
    if !json { print(Measurement.heading) }
    for benchmark in BenchmarkTable.all {
      for name in benchmark.names where chosen?.contains(name) ?? true {
        let new = try benchmark.run(name, settings)
        measurements += new
        if !json { for measurement in new { print(measurement.line) } }
      }
    }
    if json { print(BenchmarkReport(measurements).json.written(.indented)) }
    let ratios = BenchmarkRatios(measurements)
    if let writeBaseline { try ratios.write(to: writeBaseline) }
    guard let baseline else { return }
    let losses = try ratios.losses(from: BenchmarkRatios(path: baseline))
    if !losses.isEmpty { throw SlowerThanBefore(losses: losses) }
  }
}

/// Ends the program with status 1 and a line for each loss.
private struct SlowerThanBefore: Error, CustomStringConvertible {
  let losses: [String]

  var description: String { "slower than the baseline:\n  " + losses.joined(separator: "\n  ") }
}
