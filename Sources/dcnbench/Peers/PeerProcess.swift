internal import Bytes

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A Python that runs `time_peers.py`: one line of JSON in, one out.
final class PeerProcess {
  private let python: String
  private let number: pid_t
  /// Where requests are written, and answers read.
  private let requests: Int32
  private let answers: Int32
  private var buffer: [UInt8] = []

  /// - Throws: `ByteError` where the program cannot be started.
  init(_ python: String, threads: Int) throws(ByteError) {
    self.python = python
    var pipes: [Int32] = [0, 0]
    func check(_ code: Int32, _ call: String) throws(ByteError) {
      if code != 0 { throw ByteError(.system(call: call, code: code < 0 ? errno : code), file: python) }
    }
    try check(unsafe pipe(&pipes), "pipe")
    var back: [Int32] = [0, 0]
    try check(unsafe pipe(&back), "pipe")
    // Other Pythons must not hold this one's ends, or it would never see its requests end.
    for end in pipes + back { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = unsafe posix_spawn_file_actions_t()
    try check(unsafe posix_spawn_file_actions_init(&actions), "posix_spawn")
    // SAFETY: the actions are used by the one call below, and freed behind it.
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    try check(unsafe posix_spawn_file_actions_adddup2(&actions, pipes[0], 0), "posix_spawn")
    try check(unsafe posix_spawn_file_actions_adddup2(&actions, back[1], 1), "posix_spawn")
    let program = String(decoding: PackageResources.time_peers_py, as: UTF8.self)
    // SAFETY: the copies live until the process has been started.
    let arguments: [String] = [python, "-c", program, "\(threads)"]
    var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    unsafe words.append(nil)
    var number: pid_t = 0
    try check(unsafe posix_spawnp(&number, python, &actions, nil, &words, environ), "posix_spawn")
    close(pipes[0])
    close(back[1])
    self.number = number
    requests = pipes[1]
    answers = back[0]
  }

  deinit {
    // It ends when there is nothing more to read.
    close(requests)
    close(answers)
    waitpid(number, nil, 0)
  }

  /// Sends a request, and waits for its answer.
  ///
  /// - Throws: `ByteError` where the process has ended, or answers something that is no JSON.
  func ask(_ request: JSONValue) throws(ByteError) -> JSONValue {
    var rest = Array((request.written(.compact) + "\n").utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe write(requests, $0.baseAddress, $0.count) }
      guard count > 0 else { throw ByteError(.system(call: "write", code: errno), file: python) }
      rest = rest.dropFirst(count)
    }
    let line = try answer()
    do {
      // SAFETY: an array of bytes has no padding.
      return try unsafe JSONValue(parsing: line.span.bytes, file: python)
    } catch {
      throw ByteError(
        .content(found: "\(line.count) bytes that are no JSON", expected: "an answer of time_peers.py"),
        file: python)
    }
  }

  /// The next line.
  private func answer() throws(ByteError) -> [UInt8] {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(buffer[..<end])
        buffer.removeFirst(end + 1)
        return line
      }
      var piece = [UInt8](repeating: 0, count: 1 << 12)
      let count = unsafe piece.withUnsafeMutableBytes { unsafe read(answers, $0.baseAddress, $0.count) }
      guard count > 0 else {
        throw ByteError(.content(found: "an end", expected: "a Python with numpy"), file: python)
      }
      buffer += piece[..<count]
    }
  }
}
