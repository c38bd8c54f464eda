internal import Bytes

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A group of cases that share their set-up.
protocol Benchmark: Sendable {
  /// The cases' names, as `--only` takes them.
  static var names: [String] { get }

  /// Runs a case once for each count of threads, and more often for its median.
  static func run(_ name: String, _ settings: BenchmarkSettings) throws -> [Measurement]
}

/// One way to do a case's work: ours, a yardstick, another framework's.
struct Contender {
  let name: String
  /// Does it once, and returns the milliseconds that it took.
  let run: () throws -> Double

  init(_ name: String, run: @escaping () throws -> Double) {
    self.name = name
    self.run = run
  }

  /// A body of ours.
  init(_ name: String, timing body: @escaping () throws -> Void) {
    self.init(name) {
      let start = ContinuousClock.now
      try body()
      return (ContinuousClock.now - start).milliseconds
    }
  }
}

/// What a user asked for.
struct BenchmarkSettings {
  /// Fewer samples.
  let isQuick: Bool
  /// Counts of threads to time each case with.
  let threads: [Int]
  let temporaryFolder: String
  let peers: Peers

  /// How often a case is timed.
  var repetitions: Int { isQuick ? 3 : 9 }

  /// What other frameworks take for a case, in processes of their own.
  func peers(_ facts: JSONObject, threads: Int) throws -> [Contender] {
    try peers.ready(facts, threads: threads).map { Contender($0.name, run: $0.run) }
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

  /// The median times of contenders in milliseconds, which take turns: what disturbs the machine disturbs all.
  func race(_ contenders: [Contender]) throws -> [(name: String, milliseconds: Double)] {
    var times: [[Double]] = contenders.map { _ in [] }
    for run in 0...repetitions {
      for (index, contender) in contenders.enumerated() {
        // Threads that spin for more work must have gone to sleep: OpenBLAS's do so for 2²⁶ cycles.
        if contenders.count > 1 { usleep(60_000) }
        var time = try contender.run()
        // The first of a turn wakes threads and fills caches: of what is short the second one counts.
        if time < 250 { time = try contender.run() }
        if run > 0 { times[index].append(time) }
      }
    }
    return zip(contenders, times).map { ($0.name, $1.sorted()[$1.count / 2]) }
  }
}

extension Duration {
  var milliseconds: Double {
    Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15
  }
}
