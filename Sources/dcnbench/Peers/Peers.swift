internal import Bytes

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The frameworks that installed Pythons have, timed on a case in processes of their own.
struct Peers {
  /// Programs, or paths of programs.
  let pythons: [String]

  /// Milliseconds of every framework that knows the case's operator; none where no Python was named.
  ///
  /// - Parameter facts: the case, as `time_peers.py` takes it.
  /// - Throws: `ByteError` where a Python cannot be run, or prints something else than its times.
  func times(
    _ facts: JSONObject, threads: Int, repetitions: Int
  ) throws(ByteError) -> [(name: String, milliseconds: Double)] {
    var facts = facts
    facts["threads"] = .integer(threads)
    facts["repetitions"] = .integer(repetitions)
    let argument = JSONValue.object(facts).written(.compact)
    var times: [(name: String, milliseconds: Double)] = []
    for python in pythons {
      let output = try run(python, argument)
      let document: JSONValue
      do {
        // SAFETY: an array of bytes has no padding.
        document = try unsafe JSONValue(parsing: output.span.bytes, file: python)
      } catch {
        throw ByteError(
          .content(found: "\(output.count) bytes that are no JSON", expected: "times of the peers"),
          file: python)
      }
      for member in document.objectValue?.members ?? [] {
        if let milliseconds = member.value.numberValue { times.append((member.key, milliseconds)) }
      }
    }
    return times
  }

  /// What the program prints on standard output; its warnings go to ours.
  private func run(_ python: String, _ argument: String) throws(ByteError) -> [UInt8] {
    let program = String(decoding: PackageResources.time_peers_py, as: UTF8.self)
    let command = [python, "-c", program, argument].map(Self.quoted).joined(separator: " ")
    guard let pipe = unsafe popen(command, "r") else {
      throw ByteError(.system(call: "popen", code: errno), file: python)
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 12)
    while true {
      let count = unsafe fread(&buffer, 1, buffer.count, pipe)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    // SAFETY: the pipe is open, and closed just here.
    guard unsafe pclose(pipe) == 0 else {
      throw ByteError(.content(found: "an error", expected: "a Python with numpy"), file: python)
    }
    return bytes
  }

  /// A word of a shell's command line, whatever is in it.
  private static func quoted(_ word: String) -> String {
    "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
