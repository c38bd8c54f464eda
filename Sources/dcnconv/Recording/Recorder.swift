internal import ArgumentParser
internal import Bytes
internal import Foundation

/// A framework that can record a trace, and the Python program that makes it do so.
enum Recorder: String, CaseIterable, ExpressibleByArgument {
  case mxnet, onnxruntime, openvino, torch

  /// The programs by name: the recorder's own, and the module that all share.
  var programs: [(name: String, bytes: [UInt8])] {
    let shared = ("dcnconv_trace.py", PackageResources.dcnconv_trace_py)
    return switch self {
    case .mxnet: [("record_mxnet.py", PackageResources.record_mxnet_py), shared]
    case .onnxruntime: [("record_onnxruntime.py", PackageResources.record_onnxruntime_py), shared]
    case .openvino: [("record_openvino.py", PackageResources.record_openvino_py), shared]
    case .torch: [("record_torch.py", PackageResources.record_torch_py), shared]
    }
  }

  /// How to install what the program needs.
  var installation: String {
    switch self {
    case .mxnet: "pip install mxnet==1.9.1 \"numpy<1.24\""
    case .onnxruntime: "pip install onnxruntime onnx numpy"
    case .openvino: "pip install openvino numpy"
    case .torch: "pip install torch torchvision numpy"
    }
  }

  /// Writes the programs into a folder, which is made where it is not there.
  ///
  /// - Throws: `ByteError` or `RecordingError` with the system's reason.
  func write(into folder: String) throws {
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      throw RecordingError(.environment, "no folder \(folder): \(error.localizedDescription)")
    }
    for (name, bytes) in programs {
      let file = try AtomicFile(path: folder + "/" + name, durable: false)
      // SAFETY: an array of bytes has no padding.
      try unsafe file.write(bytes.span.bytes, at: 0)
      try file.commit()
    }
  }

  /// Runs the program; its messages go to standard error.
  ///
  /// - Throws: `RecordingError` where Python is not there or the program fails.
  func run(python: String, folder: String, arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, folder + "/" + programs[0].name] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.standardError
    do { try process.run() } catch {
      throw RecordingError(.environment, "\(python) cannot be run: \(error.localizedDescription)")
    }
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw RecordingError(
        .environment,
        "\(rawValue) recorded nothing (\(python) ended with \(process.terminationStatus)): see its message above; "
          + "it needs: \(installation)")
    }
  }
}

/// A recording that did not come about.
struct RecordingError: Fault {
  let blame: Blame
  let explanation: String

  init(_ blame: Blame, _ explanation: String) {
    self.blame = blame
    self.explanation = explanation
  }

  var description: String { explanation.escapedForDisplay }
}

/// Gives a body a folder for files that are needed for a moment, and removes it with all that is in it.
///
/// - Throws: `RecordingError` where the system makes none; what the body throws.
func withScratchFolder<R>(_ body: (_ path: String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.appending(path: "dcnconv-" + UUID().uuidString)
  do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false) } catch {
    throw RecordingError(.environment, "no temporary folder: \(error.localizedDescription)")
  }
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}
