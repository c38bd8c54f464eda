internal import Bytes
internal import Formats
internal import Graphs
internal import Tensors
internal import Toolkit

/// Checks a pack against itself, and a model against the file that it was imported from.
struct IntegrityCheck {
  struct Result {
    /// Nil where the model is no pack.
    let pack: PackReport?
    /// Nil where no source was given.
    let comparison: PackComparison?
    let path: String
    let sourcePath: String?

    var holds: Bool { comparison?.holds ?? true }
  }

  let path: String
  private let file: MappedFile
  private let common: CommonOptions

  /// - Throws: `ByteError` where the file cannot be opened.
  init(path: String, _ common: CommonOptions) throws {
    self.path = path
    self.common = common
    file = try MappedFile(path: path)
  }

  var isPack: Bool { PackFile.recognises(file) }

  /// - Throws: `FormatError` where the pack is not what its own digests say, or the source cannot be read.
  func run(source: String?, _ reading: ModelReading) throws -> Result {
    let threads = Threads(common.threadCount)
    var report: PackReport?
    if isPack {
      let bar = ProgressBar("verifying", common)
      defer { bar.finish() }
      let found = try PackFile(file).verify(threads: threads) { bar.update(done: $0, total: $1) }
      if let first = found.findings.first { throw first.error(file: path) }
      report = found
    }
    guard let source else { return Result(pack: report, comparison: nil, path: path, sourcePath: nil) }
    let bar = ProgressBar("comparing", common)
    defer { bar.finish() }
    let model = try reading.open(path).model
    let original = try readSource(source, symbol: reading.symbol)
    let comparison = PackComparison(model, source: original, threads: threads) {
      bar.update(done: $0, total: $1)
    }
    return Result(pack: report, comparison: comparison, path: path, sourcePath: source)
  }
}

extension IntegrityCheck {
  /// The source's tensors as its own file has them: a graph beside it would already put weights in the place of
  /// others, which is what is to be checked. The companion counts as a file of the source all the same.
  private func readSource(_ path: String, symbol: String?) throws -> Model {
    var model = try FormatTable.read(path: path, ReadRequest(findsCompanions: false))
    model.provenance.sources =
      try FormatTable.read(path: path, ReadRequest(symbolPath: symbol)).provenance.sources
    return model
  }
}

extension IntegrityCheck.Result {
  func print(with printer: Printer) {
    if let pack {
      printer.print(
        "\(path.escapedForDisplay): \(printer.styled("whole", .green)), \(grouped(pack.tensorCount)) tensors with "
          + "\(byteText(pack.tensorByteCount)), every digest, the padding, the order and the canonical form hold"
      )
      printer.print("  sha256 \(pack.digest)")
    }
    guard let comparison, let sourcePath else { return }
    let result =
      comparison.holds ? printer.styled("nothing was lost", .green) : printer.styled("differs", .red)
    printer.print(
      "\(sourcePath.escapedForDisplay): \(result), \(grouped(comparison.identicalCount)) tensors are the same bit for bit"
    )
    for replacement in comparison.replaced {
      printer.print(
        "  \(replacement.tensor) was replaced by \(replacement.by) (\(replacement.rule))".escapedForDisplay)
    }
    for file in comparison.filesNotCompared {
      printer.print("  \(file.name) was not compared: it was not given".escapedForDisplay)
    }
    for finding in comparison.findings.prefix(50) { printer.print("  " + "\(finding)".escapedForDisplay) }
    if comparison.findings.count > 50 { printer.print("  … \(comparison.findings.count - 50) more") }
  }

  var json: JSONValue {
    [
      "pack": pack.map {
        [
          "sha256": .text("\($0.digest)"), "tensors": .integer($0.tensorCount),
          "bytes": .integer($0.tensorByteCount),
        ]
      } ?? .null,
      "source": comparison.map { comparison in
        [
          "holds": .boolean(comparison.holds), "identical": .integer(comparison.identicalCount),
          "replaced": .list(
            comparison.replaced.map {
              ["tensor": .text($0.tensor), "by": .text($0.by), "rule": .text($0.rule)]
            }),
          "filesNotCompared": .list(comparison.filesNotCompared.map { .text($0.name) }),
          "findings": .list(comparison.findings.map { .text("\($0)") }),
        ]
      } ?? .null,
    ]
  }
}
