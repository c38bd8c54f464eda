internal import Bytes
internal import Formats
internal import Graphs
internal import OrderedCollections
internal import Synchronization
internal import Tensors
internal import Toolkit

/// The way of a 240 MB checkpoint into a pack, and the pack's opening and verification; page cache warm, no flush.
///
/// Opening is also timed for a released network, whose graph is in the header.
enum ImportBenchmark: Benchmark {
  static let names = ["import", "open", "open-network", "verify"]

  static func run(_ name: String, _ settings: BenchmarkSettings) throws -> [Measurement] {
    let folder = try TemporaryFolder(in: settings.temporaryFolder)
    if name == "open-network" { return [try openingNetwork(folder, settings)] }
    let source = folder.path("synthetic-0000.params")
    try SyntheticCheckpoint(floats: 60_000_000).write(to: source)
    let outputName = "synthetic.dcnpack"
    let output = folder.path(outputName)
    return try settings.threads.map { threads in
      let byteCount = try importing(source, output, threads).byteCount
      let shape = "\(byteCount / 1_000_000) MB, \(SyntheticCheckpoint.tensorCount) tensors"
      var measurement: Measurement
      switch name {
      case "open":
        let time = try settings.median { _ = try PackFile(MappedFile(path: output)) }
        return Measurement(name: name, shape: shape, threads: 1, milliseconds: time)
      case "verify":
        let pack = try PackFile(MappedFile(path: output))
        let time = settings.median { _ = pack.verify(threads: Threads(threads)) }
        measurement = Measurement(name: name, shape: shape, threads: threads, milliseconds: time)
      default:
        let copyName = "synthetic.copy"
        let copy = folder.path(copyName)
        func contender(_ title: String, to name: String, _ body: @escaping () throws -> Void) -> Contender {
          Contender(title) {
            folder.remove(name)
            return try Contender(title, timing: body).run()
          }
        }
        let times = try settings.race(
          [
            contender(name, to: outputName) { _ = try importing(source, output, threads) },
            contender("copy", to: copyName) { try copying(source, to: copy) },
          ]
            + settings.peers(
              ["operator": "import", "params": .text(source), "output": .text(folder.path("copy.params"))],
              threads: threads))
        measurement = Measurement(
          name: name, shape: shape, threads: threads, milliseconds: times[0].milliseconds)
        measurement.peakByteCount = try peakByteCount(source, output, threads)
        measurement.peers = Array(times[1...])
      }
      measurement.byteCount = byteCount
      measurement.peers.append(("sha256", try hashing(source, settings)))
      return measurement
    }
  }

  private static func openingNetwork(
    _ folder: TemporaryFolder, _ settings: BenchmarkSettings
  ) throws -> Measurement {
    let source = folder.path("network-0000.params")
    let network = try SyntheticNetwork("rfcn_dcn_coco", height: 600, width: 1000)
    try network.write(to: source)
    let output = folder.path("network.dcnpack")
    let byteCount = try importing(source, output, 2).byteCount
    let time = try settings.median { _ = try PackFile(MappedFile(path: output)) }
    return Measurement(
      name: "open-network", shape: "\(byteCount / 1_000_000) MB, \(network.graph.nodes.count) nodes",
      threads: 1,
      milliseconds: time)
  }

  /// What `dcnconv import --no-fsync` does: reading, recognition, hashing and writing.
  @discardableResult
  private static func importing(
    _ source: String, _ output: String, _ threads: Int, progress: ByteProgress? = nil
  ) throws -> PackSummary {
    let opened = try openModel(path: source, ReadRequest(findsCompanions: false))
    return try PackWriter.write(
      opened.model, to: output,
      PackOptions(isDurable: false, replaces: true, threads: Threads(threads), progress: progress))
  }

  /// Memory beyond the mapped files in a run of its own, for looking at it takes time.
  private static func peakByteCount(_ source: String, _ output: String, _ threads: Int) throws -> Int? {
    guard let before = Machine.anonymousByteCount else { return nil }
    let peak = Atomic<Int>(before)
    try importing(source, output, threads) { _, _ in
      peak.max(Machine.anonymousByteCount ?? 0, ordering: .relaxed)
    }
    return peak.load(ordering: .relaxed) - before
  }

  /// The yardstick of writing: the same bytes into the same place, nothing looked at.
  private static func copying(_ source: String, to path: String) throws {
    let file = try MappedFile(path: source)
    let copy = try AtomicFile(path: path, durable: false)
    try copy.reserve(file.byteCount)
    try copy.write(file.bytes, at: 0)
    try copy.commit()
  }

  /// The yardstick of hashing: the file once, by one thread.
  private static func hashing(_ source: String, _ settings: BenchmarkSettings) throws -> Double {
    let file = try MappedFile(path: source)
    return settings.median { _ = Digest(of: file.bytes) }
  }
}
