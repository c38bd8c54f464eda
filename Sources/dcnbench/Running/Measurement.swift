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
  /// With maps in logical order in and out, as other frameworks have them.
  let milliseconds: Double
  /// Billions of floating point operations, for those that have them.
  var gigaflop: Double?
  /// Bytes that went through, for those that move bytes.
  var byteCount: Int?
  /// The largest anonymous memory that was seen, in bytes: mapped files not counted.
  var peakByteCount: Int?
  /// Bytes below which no arrangement of the values could come, where that is known.
  var leastByteCount: Int?
  /// Milliseconds that others took for the same in the same run.
  var peers: [(name: String, milliseconds: Double)] = []

  /// Milliseconds with maps in the engine's own layout, where `milliseconds` has them in logical order.
  var ownLayoutMilliseconds: Double?

  private var gflops: Double? { gigaflop.map { $0 / milliseconds * 1e3 } }
  /// Of what the processor can do on so many threads.
  private var shareOfPeak: Double? { gflops.map { $0 / PeakYardstick.gigaflops(threads: threads) } }
  private var gigabytesPerSecond: Double? { byteCount.map { Double($0) / milliseconds * 1e-6 } }

  /// How many times as fast as each peer.
  var speeds: [(name: String, speed: Double)] { peers.map { ($0.name, $0.milliseconds / milliseconds) } }

  /// What stands above the lines for people.
  static let heading =
    "case".padded(14) + "shape".padded(26) + "threads".padded(9) + "ms".padded(10) + "own ms".padded(10)
    + "GFLOP/s".padded(9) + "of peak".padded(9) + "times the speed of"

  /// A line for people.
  var line: String {
    func time(_ milliseconds: Double) -> String { milliseconds.rounded(digits: milliseconds < 10 ? 3 : 1) }
    var parts = [
      name.padded(14), shape.padded(26), "\(threads)".padded(9), time(milliseconds).padded(10),
      (ownLayoutMilliseconds.map(time) ?? "").padded(10),
      (gflops?.rounded(digits: 1) ?? "").padded(9),
      (shareOfPeak.map { "\(($0 * 100).rounded(digits: 0)) %" } ?? "").padded(9),
    ]
    if let gigabytesPerSecond { parts.append(gigabytesPerSecond.rounded(digits: 2) + " GB/s  ") }
    if let peakByteCount { parts.append("\(peakByteCount >> 20) MiB of memory  ") }
    if let leastByteCount { parts.append("of \(leastByteCount >> 20) at least  ") }
    parts += zip(peers, speeds).map { peer, speed in
      "\(peer.name) \(speed.speed.rounded(digits: 2)) (\(time(peer.milliseconds)) ms)  "
    }
    return parts.joined()
  }

  var json: JSONValue {
    var object: JSONObject = [
      "case": .text(name), "operator": operatorName.map(JSONValue.text) ?? .null, "shape": .text(shape),
      "threads": .integer(threads), "ms": .number(milliseconds),
      "gflops": gflops.map(JSONValue.number) ?? .null,
      "peers": .object(JSONObject(peers.map { ($0.name, .number($0.milliseconds)) })),
      "speeds": .object(JSONObject(speeds.map { ($0.name, .number($0.speed)) })),
    ]
    object["ownLayoutMs"] = ownLayoutMilliseconds.map(JSONValue.number)
    object["shareOfPeak"] = shareOfPeak.map(JSONValue.number)
    object["gigabytesPerSecond"] = gigabytesPerSecond.map(JSONValue.number)
    object["peakBytes"] = peakByteCount.map(JSONValue.integer)
    object["leastBytes"] = leastByteCount.map(JSONValue.integer)
    return .object(object)
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}

extension Double {
  /// The number with so many digits behind its point.
  func rounded(digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    guard let scaled = Int(checked: (self * Double(scale)).rounded()) else { return "\(self)" }
    let fraction = String(scaled.magnitude % scale.magnitude)
    let whole = (scaled < 0 ? "-" : "") + String(scaled.magnitude / scale.magnitude)
    return digits == 0
      ? whole : whole + "." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
