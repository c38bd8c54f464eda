package import Graphs
internal import OrderedCollections
package import Tensors

/// The input itself: only training drops elements.
///
/// Input: data of any shape; outputs: the same, and a mask of its shape but where that is `none`.
package struct Dropout: Operator {
  package static let name = "Dropout"

  /// What a second output holds.
  package enum Mask: String, Codable, Sendable, CaseIterable {
    case none
    /// Booleans, all true: which elements are kept (ONNX Dropout-12).
    case kept
    /// Booleans, all false (ONNX Runtime for Dropout-10, whose text leaves it open).
    case cleared
    /// Zeros of the data's type (ONNX Runtime for Dropout-7).
    case zeros
  }

  /// The share of elements that training drops.
  package var rate: Double
  package var mask: Mask

  package init(rate: Double, mask: Mask = .none) {
    self.rate = rate
    self.mask = mask
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let shape = inputs.shape(0)
    let data = ValueType(inputs.elementType(0), shape)
    switch mask {
    case .none: return [data]
    case .kept, .cleared: return [data, ValueType(.bool, shape)]
    case .zeros: return [data, data]
    }
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
      guard dropout.mask == .none else {
        throw .attribute("mask", found: "\(dropout.mask)", expected: "none: MXNet does not show it")
      }
      return ("Dropout", ["p": MXNetAttributes.Text.number(dropout.rate)])
    })
}

extension Dropout {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    guard mask != .none else { return .alias() }
    let byte: UInt8 = mask == .kept ? 1 : 0
    return Step { evaluation in
      evaluation.copyBytes(of: 0)
      guard evaluation.hasOutput(1) else { return }
      evaluation.outputBytes(1).withSpan { bytes in
        for index in bytes.indices { bytes[index] = byte }
      }
    }
  }
}
