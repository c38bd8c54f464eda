internal import Bytes

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The files beside an ONNX model that hold its large tensors, opened so that none leads out of its folder.
///
/// A location is a path below the model's folder. Every step of it is opened on its own without following
/// symbolic links, and what was opened is checked, not its name: a file under two names could be any file.
struct ExternalData {
  private let model: String
  private var files: [String: MappedFile] = [:]
  /// The files that were opened, in that order.
  private(set) var opened: [(location: String, file: MappedFile)] = []

  /// - Parameter model: the model file's path.
  init(model: String) { self.model = model }

  /// - Throws: `FormatError` where the location leads elsewhere, or the file cannot be mapped.
  mutating func file(at location: String) throws(FormatError) -> MappedFile {
    if let file = files[location] { return file }
    let descriptor = try open(location)
    defer { close(descriptor) }
    let file: MappedFile
    do { file = try MappedFile(descriptor: descriptor, path: folder + location) } catch {
      throw FormatError(error)
    }
    files[location] = file
    opened.append((location, file))
    return file
  }

  /// The model's folder with a slash behind it.
  private var folder: String {
    model.lastIndex(of: "/").map { String(model[...$0]) } ?? "./"
  }

  private func refusal(_ location: String, _ explanation: String) -> FormatError {
    FormatError(file: model, place: "external data '\(location)'", explanation)
  }

  private func open(_ location: String) throws(FormatError) -> Int32 {
    let steps = location.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard !steps.contains(""), !steps.contains(".."), !location.utf8.contains(0), steps.count <= 64 else {
      throw refusal(location, "a path that may leave the model's folder: expected one below it, without '..'")
    }
    var parent = try openStep(folder, in: AT_FDCWD, O_DIRECTORY, location, followsLinks: true)
    for (index, step) in steps.enumerated() where step != "." {
      let previous = parent
      defer { close(previous) }
      let isLast = index == steps.count - 1
      parent = try openStep(
        step, in: parent, isLast ? O_NONBLOCK : O_DIRECTORY, location, followsLinks: false)
    }
    do { try check(parent, location) } catch {
      close(parent)
      throw error
    }
    return parent
  }

  private func openStep(
    _ step: String, in parent: Int32, _ flags: Int32, _ location: String, followsLinks: Bool
  ) throws(FormatError) -> Int32 {
    let linkFlag = followsLinks ? 0 : O_NOFOLLOW
    let descriptor = unsafe openat(parent, step, O_RDONLY | O_CLOEXEC | flags | linkFlag)
    if descriptor >= 0 { return descriptor }
    let code = errno
    if code == ELOOP || (code == ENOTDIR && isLink(step, in: parent)) {
      throw refusal(location, "'\(step)' is a symbolic link: put the file itself beside the model")
    }
    let reason = ByteError(.system(call: "open", code: code), file: model)
    throw FormatError(
      reason.blame, file: model, place: "external data '\(location)'", reason.explanation)
  }

  private func isLink(_ step: String, in parent: Int32) -> Bool {
    var status = stat()
    return unsafe fstatat(parent, step, &status, AT_SYMLINK_NOFOLLOW) == 0
      && status.st_mode & S_IFMT == S_IFLNK
  }

  private func check(_ descriptor: Int32, _ location: String) throws(FormatError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw refusal(location, "is no regular file")
    }
    guard status.st_nlink == 1 else {
      throw refusal(
        location, "has \(status.st_nlink) names (hard links), which may lie outside the folder: copy the file"
      )
    }
  }
}
