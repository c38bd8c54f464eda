internal import Bytes

/// A group of cases that share their set-up.
protocol Benchmark: Sendable {
  /// The cases' names, as `--only` takes them.
  static var names: [String] { get }

  /// Runs a case once for each count of threads, and more often for its median.
  static func run(_ name: String, _ settings: BenchmarkSettings) throws -> [Measurement]
}

/// What a user asked for.
struct BenchmarkSettings {
  /// Fewer and smaller samples.
  let isQuick: Bool
  /// Counts of threads to time each case with.
  let threads: [Int]
  let temporaryFolder: String
  let peers: Peers

  /// How often a case is timed.
  var repetitions: Int { isQuick ? 3 : 9 }

  /// What other frameworks take for a case, in processes of their own.
  func peerTimes(_ facts: JSONObject, threads: Int) throws -> [(name: String, milliseconds: Double)] {
    try peers.times(facts, threads: threads, repetitions: repetitions)
  }

  /// The median time of a body in milliseconds, after one run that is not counted.
  ///
  /// - Parameter prepare: runs before each, and is not timed.
  func median(prepare: () -> Void = {}, _ body: () throws -> Void) rethrows -> Double {
    var times: [Double] = []
    for run in 0...repetitions {
      prepare()
      let start = ContinuousClock.now
      try body()
      if run > 0 { times.append((ContinuousClock.now - start).milliseconds) }
    }
    return times.sorted()[times.count / 2]
  }

  /// The median times of several bodies in milliseconds, which take turns: what disturbs the machine disturbs all.
  func interleavedMedians(_ bodies: [() throws -> Void]) throws -> [Double] {
    var times: [[Double]] = bodies.map { _ in [] }
    for run in 0...repetitions {
      for (index, body) in bodies.enumerated() {
        let start = ContinuousClock.now
        try body()
        if run > 0 { times[index].append((ContinuousClock.now - start).milliseconds) }
      }
    }
    return times.map { $0.sorted()[$0.count / 2] }
  }
}

extension Duration {
  var milliseconds: Double {
    Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15
  }
}
