internal import OrderedCollections
internal import Tensors

/// A file's tensors by the variables that they are for, however they are spelled.
struct CheckpointTensors {
  typealias Tensor = (name: String, shape: Shape)

  let shapes: Recognition.TensorShapes
  private var byVariable: [String: [Tensor]] = [:]
  /// Those that a release made for testing, by the variable whose place they take.
  private var forTesting: [String: Tensor] = [:]

  init(_ shapes: Recognition.TensorShapes) {
    self.shapes = shapes
    for (name, shape) in shapes {
      let variable = String(variableName(ofTensor: name))
      byVariable[variable, default: []].append((name, shape))
      if name.hasPrefix("arg:") && variable.hasSuffix("_test") {
        forTesting[String(variable.dropLast(5))] = (name, shape)
      }
    }
  }

  var hasTestTensors: Bool { !forTesting.isEmpty }

  /// The variable's tensor; of several spellings MXNet's own.
  func tensor(of name: CheckpointName) -> Tensor? {
    guard let found = byVariable[name.variable] else { return nil }
    if found.count == 1 { return found[0] }
    return name.spellings.lazy.compactMap { spelling in found.first { $0.name == spelling } }.first
  }

  /// The tensor that takes its place in tests.
  func testTensor(of name: CheckpointName) -> Tensor? { forTesting[name.variable] }
}
