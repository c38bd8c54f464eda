import Operators
import Tensors

/// A known bug, how a producer that has it computes, and the words by which the diagnosis must name it.
struct PlantedFault: Sendable, CustomStringConvertible {
  let name: String
  /// A part of the sentence that names it.
  let phrase: String
  let layers: [PlantedLayer]
  let plant: @Sendable (PlantedLayer) throws -> Tensor

  var description: String { name }

  /// A fault of attributes: the producer ran another operator of the same kind.
  static func attributes<O: Operator>(
    _ name: String, _ phrase: String, in layers: [PlantedLayer], of type: O.Type,
    _ alter: @escaping @Sendable (inout O) -> Void
  ) -> PlantedFault {
    PlantedFault(name: name, phrase: phrase, layers: layers) { layer in
      guard var operation = layer.operation as? O else { throw PlantedFaultError() }
      alter(&operation)
      return try operation.evaluate(layer.inputs, as: Float.self)[0]
    }
  }

  /// A fault of inputs: the producer read them otherwise.
  static func inputs(
    _ name: String, _ phrase: String, in layers: [PlantedLayer],
    _ alter: @escaping @Sendable (inout [Tensor], any Operator) -> Void
  ) -> PlantedFault {
    PlantedFault(name: name, phrase: phrase, layers: layers) { layer in
      var inputs = layer.inputs
      alter(&inputs, layer.operation)
      return try layer.operation.evaluate(inputs, as: Float.self)[0]
    }
  }

  /// A fault behind the layer: the producer recorded something else than it computed.
  static func output(
    _ name: String, _ phrase: String, in layers: [PlantedLayer],
    _ alter: @escaping @Sendable (Tensor) -> Tensor
  ) -> PlantedFault {
    PlantedFault(name: name, phrase: phrase, layers: layers) { try alter($0.honest()) }
  }
}

/// A fault that is listed for a layer of another kind.
struct PlantedFaultError: Error {}

extension [PlantedLayer] {
  /// The place of the weights and of the bias among a layer's inputs.
  static func weight(of operation: any Operator) -> Int {
    operation.inputs.firstIndex { $0.name == "weight" } ?? 0
  }
}
