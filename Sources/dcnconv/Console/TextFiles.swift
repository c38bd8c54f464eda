internal import Bytes
internal import Foundation

/// Whether something has this name.
func fileExists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// The absolute path of the folder that relative paths start at.
var workingFolder: String { FileManager.default.currentDirectoryPath }

/// The variable's value; nil where it is not set.
func environmentVariable(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

/// Writes a small text file whole, in the place of what had the name.
///
/// - Throws: `ByteError` with the system's reason.
func writeText(_ text: String, to path: String) throws {
  let file = try AtomicFile(path: path, durable: false)
  let bytes = Array(text.utf8)
  // SAFETY: an array of bytes has no padding.
  try unsafe file.write(bytes.span.bytes, at: 0)
  try file.commit()
}

/// Adds to the end of a text file: GitHub's step summary belongs to several programs.
///
/// - Throws: `ByteError` with the system's reason.
func appendText(_ text: String, to path: String) throws {
  let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw ByteError(.system(call: "open", code: errno), file: path) }
  defer { close(descriptor) }
  Console(descriptor: descriptor).write(text)
}
