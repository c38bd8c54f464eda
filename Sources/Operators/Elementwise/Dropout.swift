package import Graphs
internal import OrderedCollections
package import Tensors

/// The input itself: only training drops elements.
package struct Dropout: Operator {
  package static let name = "Dropout"

  /// The share of elements that training drops.
  package var rate: Double

  package init(rate: Double) { self.rate = rate }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    [ValueType(inputs.elementType(0), inputs.shape(0))]
  }
}

extension Dropout {
  /// MXNet `Dropout` (nn/dropout-inl.h) but for the mode that drops at inference, too.
  package static let mxnet: MXNetDialect<Dropout>? = MXNetDialect(
    names: ["Dropout", "_npx_dropout"],
    read: { attributes throws(OperatorError) in
      attributes.ignore("axes", "cudnn_off")
      if let mode = attributes.raw("mode"), mode != "training" {
        throw .attribute("mode", found: "'\(mode)'", expected: "training: nothing random is run here")
      }
      return Dropout(rate: Double(try attributes.float("p", default: 0.5)))
    },
    write: { dropout throws(OperatorError) in
      ("Dropout", ["p": MXNetAttributes.Text.number(dropout.rate)])
    })
}

extension Dropout {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> { .alias() }
}
