internal import Bytes

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A folder for a benchmark's files, which goes with them.
final class TemporaryFolder {
  private let path: String
  private var names: Set<String> = []

  init(in parent: String) throws(ByteError) {
    var template = Array((parent + "/dcnbench-XXXXXX").utf8CString)
    guard unsafe mkdtemp(&template) != nil else {
      throw ByteError(.system(call: "mkdtemp", code: errno), file: parent)
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for name in names { unsafe unlink(path + "/" + name) }
    unsafe rmdir(path)
  }

  func path(_ name: String) -> String {
    names.insert(name)
    return path + "/" + name
  }

  func remove(_ name: String) { unsafe unlink(path + "/" + name) }
}
