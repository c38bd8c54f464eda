internal import ArgumentParser
internal import Bytes
internal import Formats
internal import Graphs
internal import Tensors
internal import Toolkit
internal import Verification

struct DialectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dialect",
    abstract: "Says with which dialect each layer of a trace was computed.",
    discussion: """
      Each recorded layer whose operator has dialects or known bugs is rerun as declared, under each of them alone, \
      and where none explains the numbers under two at once. The errors of the best and of the next best explanation \
      are shown in standard deviations of the rounding error to expect: what lies between them is the certainty. \
      Where several explain a layer equally well, a probe is proposed whose answers tell them apart. The exit status \
      is 1 where a layer was not computed as declared.
      """)

  @Argument(help: ArgumentHelp("A model in any readable format.", valueName: "model"))
  var model: String

  @OptionGroup var source: ModelOptions

  @Option(help: ArgumentHelp("A recording of another framework's run: npz or HDF5.", valueName: "file"))
  var trace: String

  @Option(help: ArgumentHelp("Test only values whose name fits this pattern (* and ?).", valueName: "glob"))
  var layers: String?

  @Option(
    help: ArgumentHelp(
      "The arithmetic in which the trace was made, over what it says: fp64, fp32, tf32, bf16 or fp16.",
      valueName: "precision"))
  var producerPrecision: String?

  @Flag(help: "Show every layer, not only deformable ones and those that are not as declared.")
  var all = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let opened = try source.open(model)
    let bar = ProgressBar("testing", common, counting: "layers")
    let options = try TraceVerifier.Options(
      layers: layers, producerPrecision: producerPrecision, threads: Threads(common.threadCount))
    let verifier = try TraceVerifier(
      opened.model, against: Trace(TensorFiles.open(path: trace), path: trace), options)
    let found = try verifier.dialects { done, total in bar.update(done: done, total: total) }
    bar.finish()
    let report = DialectReport(
      modelPath: model, modelDigest: try opened.fileDigest(), tracePath: trace, layers: found)
    if common.json {
      Console.standardOutput.write(report.json.written() + "\n")
    } else {
      DialectText(report, printer: Printer(.standardOutput, common), showsAll: all).print()
    }
    if !report.holds { throw Finished(status: .parityFailure) }
  }
}
