#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A read-only mapping that lives as long as something refers to it.
@safe
package final class MappedFile: Sendable {
  // SAFETY: never written after init; unmapped only in deinit.
  private nonisolated(unsafe) let base: UnsafeRawPointer
  package let byteCount: Int
  /// The path as it was given: errors name it.
  package let path: String
  /// What the file is to the system, whatever its name.
  private let device: UInt64
  private let number: UInt64

  /// Maps the whole file.
  ///
  /// - Throws: `ByteError` where the file cannot be opened or mapped, or is not a regular file.
  package convenience init(path: String) throws(ByteError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ByteError(.system(call: "open", code: errno), file: path) }
    defer { close(descriptor) }
    try self.init(descriptor: descriptor, path: path)
  }

  /// Maps the file behind an open descriptor, which stays the caller's to close.
  ///
  /// - Throws: `ByteError` where it cannot be mapped, or is not a regular file.
  package init(descriptor: Int32, path: String) throws(ByteError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw ByteError(.system(call: "fstat", code: errno), file: path)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw ByteError(.system(call: "open", code: EISDIR), file: path)
    default: throw ByteError(.content(found: "a device or pipe", expected: "a regular file"), file: path)
    }
    self.path = path
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
    byteCount = Int(status.st_size)
    guard byteCount > 0 else {
      unsafe base = UnsafeRawPointer(UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 64))
      return
    }
    // SAFETY: a private read-only mapping; failure is compared before use.
    guard let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0),
      unsafe address != MAP_FAILED
    else { throw ByteError(.system(call: "mmap", code: errno), file: path) }
    unsafe base = UnsafeRawPointer(address)
  }

  /// Whether this very file has the name now; a symbolic link to it does not count, for it is a file of its own.
  package func isNamed(_ path: String) -> Bool {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return false }
    return UInt64(truncatingIfNeeded: status.st_dev) == device
      && UInt64(truncatingIfNeeded: status.st_ino) == number
  }

  deinit {
    if byteCount > 0 {
      unsafe munmap(UnsafeMutableRawPointer(mutating: base), byteCount)
    } else {
      unsafe base.deallocate()
    }
  }

  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // SAFETY: the mapping outlives `self`, which the result borrows.
      let span = unsafe RawSpan(_unsafeStart: base, byteCount: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}
