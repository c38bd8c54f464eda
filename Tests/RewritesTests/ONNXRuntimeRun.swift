import Bytes
import Formats
import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

/// What ONNX Runtime computes of a lowered model.
enum ONNXRuntimeRun {
  private static let program = """
    import sys, numpy as np, onnx, onnxruntime
    path, folder = sys.argv[1:3]
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    feed = {}
    for number, line in enumerate(open(folder + "/inputs.txt").read().splitlines()):
        name, *shape = line.split(" ")
        feed[name] = np.fromfile("%s/%d.in" % (folder, number), np.float32).reshape([int(size) for size in shape])
    for number, array in enumerate(session.run(None, feed)):
        array.astype(np.float32).tofile("%s/%d.out" % (folder, number))
        print(*array.shape)
    """

  /// The outputs, in fp32.
  static func outputs(of model: Model, inputs: [String: Tensor]) throws -> [Tensor] {
    let python = try #require(PythonProgram.onnxruntime)
    let scratch = try Scratch()
    let path = scratch.path("model.onnx")
    try ONNXWriter(model, ONNXDescription(), path: path).write(isDurable: false, replaces: false)
    var lines: [String] = []
    for (number, id) in model.inputs.enumerated() {
      let name = model.graph[id].name
      let tensor = try #require(inputs[name])
      lines.append(([name] + tensor.shape.dimensions.map(String.init)).joined(separator: " "))
      let bytes = tensor.elements(as: Float.self).withUnsafeBytes { Data($0) }
      try bytes.write(to: URL(fileURLWithPath: scratch.path("\(number).in")))
    }
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: scratch.path("inputs.txt")))
    let result = try python.run(program, path, scratch.folder.path)
    try #require(result.status == 0, "\(result.output)")
    return try result.output.split(separator: "\n").filter { !$0.contains("W:onnxruntime") }.enumerated().map
    {
      number, line in
      let shape = Shape(line.split(separator: " ").compactMap { Int($0) })
      let bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.path("\(number).out")))
      let elements = bytes.withUnsafeBytes { source in
        (0..<shape.count).map { source.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
      }
      return Tensor(elements, shape: shape)
    }
  }
}
