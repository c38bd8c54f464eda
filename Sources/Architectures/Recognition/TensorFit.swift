internal import Graphs
internal import OrderedCollections
internal import Tensors

/// How a file's tensors and a network's fit each other, name by name and shape by shape.
struct TensorFit {
  private(set) var fitting = 0
  private(set) var mismatches: [Mismatch] = []
  /// Tensors that the network has beyond the ResNet body, which all networks share.
  private(set) var own = 0
  private(set) var ownFitting = 0

  /// - Parameter expected: the network's tensors, whose shapes need not be known in full.
  init(_ file: CheckpointTensors, expected: OrderedDictionary<CheckpointName, PartialShape>) {
    var used: Set<String> = []
    for (name, shape) in expected {
      // Where the network has a variable of that very name, the tensor for testing is that one's own.
      let test = file.testTensor(of: name).flatMap { expected[name.forTesting] == nil ? $0 : nil }
      let tensors = [file.tensor(of: name), test].compactMap { $0 }
      if tensors.isEmpty { mismatches.append(.missing(tensor: name.spellings[0], expected: shape)) }
      var fits = !tensors.isEmpty
      for (tensor, found) in tensors {
        used.insert(tensor)
        if PartialShape(found).merged(with: shape) != nil {
          fitting += 1
        } else {
          fits = false
          mismatches.append(.shape(tensor: tensor, found: found, expected: shape))
        }
      }
      if !name.isOfBody { (own, ownFitting) = (own + 1, ownFitting + (fits ? 1 : 0)) }
    }
    for (tensor, found) in file.shapes where !used.contains(tensor) {
      mismatches.append(.unused(tensor: tensor, found: found))
    }
  }

  /// The share of the file's and the network's tensors that fit, 0 to 1.
  var share: Double { Double(fitting) / Double(max(fitting + mismatches.count, 1)) }
}
