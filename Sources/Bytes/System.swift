#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The system's words for an `errno`.
func systemMessage(_ code: Int32) -> String {
  // SAFETY: strerror returns a string that lives at least until the next call on this thread.
  unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
}

extension ByteError: Fault {
  package var blame: Blame {
    guard case .system(_, let code) = reason else { return .content }
    return [ENOENT, EISDIR, ENOTDIR, EEXIST].contains(code) ? .request : .environment
  }
}
