/// Names of files as a repository knows them, for documents that are read elsewhere.
struct SourcePaths {
  private let root: [Substring]

  /// - Parameter root: the absolute path of the repository's checkout.
  init(root: String) { self.root = Self.parts(root) }

  /// A URI reference (RFC 3986): relative within the root, else with the scheme `file`.
  func uri(of path: String) -> String {
    let parts = path.hasPrefix("/") ? Self.parts(path) : Self.parts(root.joined(separator: "/") + "/" + path)
    if parts.count > root.count, Array(parts.prefix(root.count)) == root {
      return Self.encoded(parts.dropFirst(root.count))
    }
    return "file:///" + Self.encoded(parts[...])
  }

  /// The names along a path, `.` and `..` taken away; above the uppermost folder is that folder itself.
  private static func parts(_ path: String) -> [Substring] {
    path.split(separator: "/").reduce(into: []) { parts, part in
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
  }

  private static func encoded(_ parts: ArraySlice<Substring>) -> String {
    parts.map { part in
      part.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "~"):
          return String(UnicodeScalar(byte))
        default:
          return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
      }.joined()
    }.joined(separator: "/")
  }
}
