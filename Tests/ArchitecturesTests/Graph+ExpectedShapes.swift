import Graphs
import Operators
import OrderedCollections
import Tensors
import Testing

extension Graph {
  /// The shapes of the graph's tensors for a colour picture, by the names of a checkpoint.
  var expectedShapes: OrderedDictionary<String, Shape> {
    get throws {
      let data = try #require(variables.first { self[$0].name == "data" })
      let picture = ValueType(.float32, PartialShape([1, 3, nil, nil]))
      let types = try GraphInference(self, given: [data: picture])
      var shapes: OrderedDictionary<String, Shape> = [:]
      for id in variables {
        guard let tensor = self[id].tensor else { continue }
        let shape: Shape = try #require(types[id].shape.complete)
        shapes[tensor] = shape
      }
      return shapes
    }
  }
}
