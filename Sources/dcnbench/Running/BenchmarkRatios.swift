internal import Bytes

/// How many times as fast as each peer the cases were, by case, threads and peer (schema `dcnconv-bench-ratios/1`).
///
/// Times of two machines, or of one on two days, say little of each other; ratios of one run do.
struct BenchmarkRatios {
  private struct Key: Hashable {
    let name: String
    let threads: Int
    let peer: String
  }

  private static let schema = "dcnconv-bench-ratios/1"
  /// What a ratio may lose before it counts as a loss: medians of short runs differ by a tenth.
  private static let allowance = 0.2

  private var ratios: [(key: Key, speed: Double)] = []

  init(_ measurements: [Measurement]) {
    for measurement in measurements {
      for (peer, speed) in measurement.speeds {
        ratios.append((Key(name: measurement.name, threads: measurement.threads, peer: peer), speed))
      }
    }
  }

  /// - Throws: `ByteError` where the file cannot be read or is no such document.
  init(path: String) throws(ByteError) {
    let file = try MappedFile(path: path)
    let document: JSONValue
    do { document = try JSONValue(parsing: file) } catch {
      throw ByteError(.content(found: "no JSON", expected: Self.schema), file: path)
    }
    guard document.objectValue?["schema"]?.textValue == Self.schema,
      let list = document.objectValue?["ratios"]?.listValue
    else { throw ByteError(.content(found: "another document", expected: Self.schema), file: path) }
    for entry in list {
      guard let entry = entry.objectValue, let name = entry["case"]?.textValue,
        let threads = entry["threads"]?.integerValue, let peer = entry["peer"]?.textValue,
        let speed = entry["speed"]?.numberValue
      else {
        throw ByteError(.content(found: "an entry without its members", expected: Self.schema), file: path)
      }
      ratios.append((Key(name: name, threads: threads, peer: peer), speed))
    }
  }

  /// A sentence for each ratio that is a fifth below another run's; what one of them lacks is passed over, but not all.
  func losses(from other: BenchmarkRatios) -> [String] {
    let known = Dictionary(other.ratios.map { ($0.key, $0.speed) }, uniquingKeysWith: { first, _ in first })
    guard ratios.contains(where: { known[$0.key] != nil }) else {
      return ["nothing to compare: the baseline has none of these cases, threads and peers"]
    }
    return ratios.compactMap { key, speed in
      guard let before = known[key], speed < before * (1 - Self.allowance) else { return nil }
      return
        "\(key.name), threads \(key.threads): \(speed.rounded(digits: 2)) times the speed of \(key.peer),"
        + " \(before.rounded(digits: 2)) times in the baseline"
    }
  }

  func write(to path: String) throws {
    let entries = ratios.map { key, speed -> JSONValue in
      .object([
        "case": .text(key.name), "threads": .integer(key.threads), "peer": .text(key.peer),
        "speed": .number((speed * 1000).rounded() / 1000),
      ])
    }
    let document = JSONValue.object(["schema": .text(Self.schema), "ratios": .list(entries)])
    let file = try AtomicFile(path: path, durable: false)
    let text = Array((document.written(.indented) + "\n").utf8)
    // SAFETY: an array of bytes has no padding.
    try unsafe file.write(text.span.bytes, at: 0)
    try file.commit()
  }
}
