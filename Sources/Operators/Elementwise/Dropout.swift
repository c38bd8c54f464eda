package import Graphs
internal import OrderedCollections
package import Tensors

/// The input itself: only training drops elements.
///
/// Input: data of any shape; outputs: the same, and where `hasMask` booleans of its shape, all true: nothing is dropped.
package struct Dropout: Operator {
  package static let name = "Dropout"

  /// The share of elements that training drops.
  package var rate: Double
  package var hasMask: Bool

  package init(rate: Double, hasMask: Bool = false) {
    self.rate = rate
    self.hasMask = hasMask
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let shape = inputs.shape(0)
    return [ValueType(inputs.elementType(0), shape)] + (hasMask ? [ValueType(.bool, shape)] : [])
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
      guard !dropout.hasMask else {
        throw .attribute("hasMask", found: "true", expected: "false: MXNet does not show it")
      }
      return ("Dropout", ["p": MXNetAttributes.Text.number(dropout.rate)])
    })
}

extension Dropout {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    guard hasMask else { return .alias() }
    return Step { evaluation in
      evaluation.copyBytes(of: 0)
      guard evaluation.hasOutput(1) else { return }
      evaluation.output(1, of: UInt8.self).withSpan { mask in
        for index in mask.indices { mask[index] = 1 }
      }
    }
  }
}
