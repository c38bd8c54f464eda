#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A file that appears whole under its name, or not at all.
///
/// The bytes go into a sibling of the destination, which takes its name in one step when all is written.
/// On Linux the sibling has no name until then, so that even a killed process leaves nothing behind.
package final class AtomicFile: Sendable {
  private let descriptor: Int32
  private let destination: String
  private let isDurable: Bool
  /// The sibling's name from the start: where it must have one, or the file system knows no nameless files.
  package let temporary: String?

  /// - Parameters:
  ///   - durable: flush to the device before the name appears; without, a power cut may lose the file.
  ///   - named: give the sibling a name for a library that writes by name; a killed process leaves it behind.
  /// - Throws: `ByteError` where the destination's folder cannot be written.
  package init(path: String, durable: Bool, named: Bool = false) throws(ByteError) {
    destination = path
    isDurable = durable
    #if os(Linux)
      let file = named ? -1 : unsafe open(folder(of: path), nameless | O_WRONLY | O_CLOEXEC, 0o666)
      if file >= 0 {
        descriptor = file
        temporary = nil
        return
      }
    #endif
    let sibling = siblingName(of: path)
    descriptor = unsafe open(sibling, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw ByteError(.system(call: "open", code: errno), file: path) }
    temporary = sibling
  }

  deinit {
    close(descriptor)
    if let temporary { unsafe unlink(temporary) }
  }

  /// Writes all bytes at this place of the file; several threads may write different places at once.
  ///
  /// - Throws: `ByteError` with the system's reason, such as a full disk.
  package func write(_ bytes: RawSpan, at offset: Int) throws(ByteError) {
    var done = 0
    while done < bytes.byteCount {
      // SAFETY: the buffer is read inside the closure alone.
      let count = unsafe bytes.extracting(done...).withUnsafeBytes { buffer in
        unsafe pwrite(descriptor, buffer.baseAddress, min(buffer.count, largestWrite), off_t(offset + done))
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw ByteError(.system(call: "write", code: errno), file: destination, offset: offset + done)
      }
      done += count
    }
  }

  /// Makes the file so long, all zeros, and reserves the room: a full disk is found before any byte is written.
  ///
  /// - Throws: `ByteError` where the room is not there.
  package func reserve(_ byteCount: Int) throws(ByteError) {
    guard byteCount > 0 else { return }
    #if os(Linux)
      var code = posix_fallocate(descriptor, 0, off_t(byteCount))
      while code == EINTR { code = posix_fallocate(descriptor, 0, off_t(byteCount)) }
      if code == 0 { return }
      // Some file systems cannot reserve.
      guard [EOPNOTSUPP, EINVAL, ENOSYS].contains(code) else {
        throw ByteError(.system(call: "reserving \(byteCount) bytes", code: code), file: destination)
      }
    #endif
    guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
      throw ByteError(.system(call: "ftruncate", code: errno), file: destination)
    }
  }

  /// Whether something has this name, be it a link that leads nowhere.
  package static func isNameTaken(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0
  }

  /// Gives the file its name.
  ///
  /// A symbolic link under that name gives way itself; the file that it leads to is not touched.
  ///
  /// - Parameter replacing: take the place of what has the name; without, that is an error (`EEXIST`).
  /// - Throws: `ByteError`; what had the name then still has it.
  package func commit(replacing: Bool = true) throws(ByteError) {
    if isDurable, fsync(descriptor) != 0 {
      throw ByteError(.system(call: "fsync", code: errno), file: destination)
    }
    if let temporary {
      try commit(named: temporary, replacing: replacing)
    } else {
      try commitNameless(replacing: replacing)
    }
    if isDurable { flushFolder() }
  }

  private func commit(named temporary: String, replacing: Bool) throws(ByteError) {
    if !replacing {
      if unsafe link(temporary, destination) == 0 { return }
      // File systems without hard links say EPERM; the look and the renaming are then two steps.
      var status = stat()
      if errno == EEXIST || (unsafe lstat(destination, &status)) == 0 {
        throw ByteError(.system(call: "link", code: EEXIST), file: destination)
      }
    }
    guard unsafe rename(temporary, destination) == 0 else {
      throw ByteError(.system(call: "rename", code: errno), file: destination)
    }
  }

  /// A name in use cannot be taken over by linking, only by renaming a sibling that has been linked.
  private func commitNameless(replacing: Bool) throws(ByteError) {
    #if os(Linux)
      let path = "/proc/self/fd/\(descriptor)"
      if unsafe linkat(AT_FDCWD, path, AT_FDCWD, destination, AT_SYMLINK_FOLLOW) == 0 { return }
      guard errno == EEXIST, replacing else {
        throw ByteError(.system(call: "link", code: errno), file: destination)
      }
      let sibling = siblingName(of: destination)
      guard unsafe linkat(AT_FDCWD, path, AT_FDCWD, sibling, AT_SYMLINK_FOLLOW) == 0 else {
        throw ByteError(.system(call: "link", code: errno), file: destination)
      }
      guard unsafe rename(sibling, destination) == 0 else {
        let code = errno
        unsafe unlink(sibling)
        throw ByteError(.system(call: "rename", code: code), file: destination)
      }
    #endif
  }

  /// Makes the new name survive a power cut; the bytes already do, so a failure here is not one of the file.
  private func flushFolder() {
    let folder = unsafe open(folder(of: destination), O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    _ = fsync(folder)
    close(folder)
  }
}

/// Bytes of one call: Linux takes twice as long for each byte of writes of many megabytes (6.18, ext4).
private let largestWrite = 1 << 20

#if os(Linux)
  /// `O_TMPFILE` of Linux's fcntl.h, a macro that is not imported.
  private let nameless = 0o20_000_000 | O_DIRECTORY
#endif

private func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

private func siblingName(of path: String) -> String {
  let name = path.split(separator: "/").last.map(String.init) ?? "out"
  let unique = String(UInt64.random(in: .min ... .max), radix: 36)
  return folder(of: path) + "/." + name + "." + unique + ".partial"
}
