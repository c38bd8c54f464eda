internal import Bytes

/// What a case took.
struct Measurement {
  /// The case's name: `L1`, `import`.
  let name: String
  /// The neutral name of the operator that was timed; nil where it is no operator.
  var operatorName: String?
  /// What it was run on: `[1, 512, 38, 63]`, `240 MB`.
  let shape: String
  let threads: Int
  let milliseconds: Double
  /// Billions of floating point operations, for those that have them.
  var gigaflop: Double?
  /// Bytes that went through, for those that move bytes.
  var byteCount: Int?
  /// The largest anonymous memory that was seen, in bytes: mapped files not counted.
  var peakByteCount: Int?
  /// Milliseconds that others took for the same in the same run.
  var peers: [(name: String, milliseconds: Double)] = []

  private var gflops: Double? { gigaflop.map { $0 / milliseconds * 1e3 } }
  private var gigabytesPerSecond: Double? { byteCount.map { Double($0) / milliseconds * 1e-6 } }

  /// A line for people.
  var line: String {
    var parts = [
      name.padded(16), shape.padded(24), "\(threads) thread\(threads == 1 ? " " : "s")",
      (milliseconds.rounded(digits: milliseconds < 10 ? 3 : 1) + " ms").padded(12),
    ]
    if let gflops { parts.append(gflops.rounded(digits: 1) + " GFLOP/s") }
    if let gigabytesPerSecond { parts.append(gigabytesPerSecond.rounded(digits: 2) + " GB/s") }
    if let peakByteCount { parts.append("\(peakByteCount >> 20) MiB of memory") }
    for peer in peers {
      let ratio = (milliseconds / peer.milliseconds).rounded(digits: 2)
      parts.append("\(peer.name) \(peer.milliseconds.rounded(digits: 1)) ms (ratio \(ratio))")
    }
    return parts.joined(separator: "  ")
  }

  var json: JSONValue {
    var object: JSONObject = [
      "case": .text(name), "operator": operatorName.map(JSONValue.text) ?? .null, "shape": .text(shape),
      "threads": .integer(threads), "ms": .number(milliseconds),
      "gflops": gflops.map(JSONValue.number) ?? .null,
      "peers": .object(JSONObject(peers.map { ($0.name, .number($0.milliseconds)) })),
    ]
    object["gigabytesPerSecond"] = gigabytesPerSecond.map(JSONValue.number)
    object["peakBytes"] = peakByteCount.map(JSONValue.integer)
    return .object(object)
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}

extension Double {
  /// The number with so many digits behind its point.
  fileprivate func rounded(digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    guard let scaled = Int(checked: (self * Double(scale)).rounded()) else { return "\(self)" }
    let fraction = String(scaled.magnitude % scale.magnitude)
    let whole = (scaled < 0 ? "-" : "") + String(scaled.magnitude / scale.magnitude)
    return digits == 0
      ? whole : whole + "." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
