public import Foundation

/// A Python of the tester's for checks by other tools; tests that need one do not run without.
public struct PythonProgram: Sendable {
  public let path: String

  /// The one with onnx and onnxruntime: `DCNCONV_TEST_PYTHON`, or `python3` of the path.
  public static let onnxruntime = PythonProgram(importing: "onnx, onnxruntime", "DCNCONV_TEST_PYTHON")
  /// The same one where it has OpenCV as well.
  public static let pictures = PythonProgram(importing: "cv2, onnxruntime", "DCNCONV_TEST_PYTHON")
  /// The same one where it has OpenVINO.
  public static let openvino = PythonProgram(importing: "openvino", "DCNCONV_TEST_PYTHON")
  /// The one with mxnet 1.9: `DCNCONV_TEST_MXNET_PYTHON`, or `python3` of the path.
  public static let mxnet = PythonProgram(importing: "mxnet", "DCNCONV_TEST_MXNET_PYTHON")

  private init?(importing modules: String, _ variable: String) {
    path = ProcessInfo.processInfo.environment[variable] ?? "python3"
    guard let result = try? run("import \(modules)"), result.status == 0 else { return nil }
  }

  /// Runs a program text with arguments.
  public func run(
    _ program: String, _ arguments: String..., in folder: URL? = nil
  ) throws -> (status: Int32, output: String) {
    try launch(["-c", program] + arguments, in: folder)
  }

  /// Runs a program of Fixtures/record.
  public func record(
    _ program: String, _ arguments: String...
  ) throws -> (status: Int32, output: String) {
    try launch([Repository.fixtures.appending(path: "record/\(program)").path] + arguments, in: nil)
  }

  private func launch(_ arguments: [String], in folder: URL?) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [path] + arguments
    if let folder { process.currentDirectoryURL = folder }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
