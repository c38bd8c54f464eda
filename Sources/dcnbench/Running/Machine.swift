internal import Bytes

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What the benchmark runs on.
enum Machine {
  /// The processor and how many of it: `AMD EPYC, 2 processors`.
  static var name: String {
    let count = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    return "\(processor), \(count) processor\(count == 1 ? "" : "s")"
  }

  private static var processor: String {
    for line in lines(of: "/proc/cpuinfo") where line.hasPrefix("model name") {
      return line.split(separator: ":").last.map { String($0.drop { $0 == " " }) } ?? "unknown processor"
    }
    return "unknown processor"
  }

  /// Anonymous memory of this process in bytes: what it allocated, without mapped files; nil where unknown.
  static var anonymousByteCount: Int? {
    for line in lines(of: "/proc/self/status") where line.hasPrefix("RssAnon:") {
      return line.split(separator: " ").compactMap { Int($0) }.first.map { $0 << 10 }
    }
    return nil
  }

  /// The lines of a system's file; none where it is absent.
  private static func lines(of path: String) -> [Substring] {
    guard let file = unsafe fopen(path, "re") else { return [] }
    // SAFETY: the file is open until the end of the function.
    defer { unsafe fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe fread(&buffer, 1, buffer.count, file)
    return String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n")
  }
}
