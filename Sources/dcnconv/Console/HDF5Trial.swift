internal import ArgumentParser
internal import Bytes
internal import Formats
internal import Foundation
internal import Tensors

/// Another process that reads an HDF5 file first: libhdf5 decodes its structure, and a damaged one can end the
/// process that does, or keep it for ever.
enum HDF5Trial {
  /// Seconds that the trial may take; it reads little, however large the file is.
  private static let patience = 30.0

  /// Returns where the file is no HDF5, or was read without harm; whether it is right is for the reader to say.
  ///
  /// - Throws: `FormatError` where libhdf5 does not survive the file.
  static func pass(_ path: String) throws {
    guard let file = try? MappedFile(path: path), HDF5File.recognises(file) else { return }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [HDF5TrialCommand.configuration.commandName ?? "", path]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let end = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in end.signal() }
    // Where no process can be made, the file is read all the same.
    guard (try? process.run()) != nil else { return }
    if end.wait(timeout: .now() + patience) == .timedOut {
      kill(process.processIdentifier, SIGKILL)
      throw fault(path, "libhdf5 was not done with it in \(Int(patience)) s")
    }
    if process.terminationReason == .uncaughtSignal {
      throw fault(path, "libhdf5 crashes on it (signal \(process.terminationStatus))")
    }
  }

  private static func fault(_ path: String, _ found: String) -> FormatError {
    FormatError(
      file: path,
      "the file's structure is damaged: \(found); expected a sound HDF5 file (one written with "
        + "libver=\"v110\" carries checksums)")
  }
}

/// What the trial's process does: it opens the file, and reads what is small.
struct HDF5TrialCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "try-hdf5", abstract: "Reads an HDF5 file and says nothing.", shouldDisplay: false)

  /// Bytes of elements that are read in all.
  private static let budget = 64 << 20

  @Argument var path: String

  func run() throws {
    let file = try HDF5File(path: path)
    var left = Self.budget
    for name in file.names {
      guard let header = file.header(of: name),
        let count = header.elementType.byteCount(of: header.shape.count), count <= left
      else { continue }
      left -= count
      _ = try? file.tensor(named: name)
    }
  }
}
