internal import Bytes

/// The frameworks that installed Pythons have: a process for each Python and count of threads, which lives as
/// long as the benchmark runs.
final class Peers {
  /// Programs, or paths of programs.
  private let pythons: [String]
  /// By count of threads and Python.
  private var processes: [String: PeerProcess] = [:]

  init(pythons: [String]) { self.pythons = pythons }

  var areNamed: Bool { !pythons.isEmpty }

  /// One framework with a case made ready.
  struct Peer {
    let name: String
    /// Runs the case once, and returns the milliseconds that it took.
    let run: () throws -> Double
  }

  /// Every framework that knows a case's operator; none where no Python was named.
  ///
  /// - Parameter facts: the case, as `time_peers.py` takes it.
  /// - Throws: `ByteError` where a Python cannot be run, or answers something else than was asked.
  func ready(_ facts: JSONObject, threads: Int) throws(ByteError) -> [Peer] {
    var facts = facts
    facts["threads"] = .integer(threads)
    let request = JSONValue.object(["case": .object(facts)])
    var peers: [Peer] = []
    for python in pythons {
      let process = try process(python, threads)
      let answer = try process.ask(request)
      for name in answer.objectValue?["peers"]?.listValue ?? [] {
        guard let name = name.textValue, !peers.contains(where: { $0.name == name }) else { continue }
        peers.append(
          Peer(name: name) {
            guard let time = try process.ask(.object(["run": .text(name)])).numberValue else {
              throw ByteError(.content(found: "no number", expected: "milliseconds"), file: python)
            }
            return time
          })
      }
    }
    return peers
  }

  private func process(_ python: String, _ threads: Int) throws(ByteError) -> PeerProcess {
    let key = "\(threads) \(python)"
    if let known = processes[key] { return known }
    let process = try PeerProcess(python, threads: threads)
    processes[key] = process
    return process
  }
}
