package import Graphs
internal import OrderedCollections

/// A function of each element that is no activation.
///
/// Input: data of any shape; output: the same shape (mxnet tensor/elemwise_unary_op_*.cc, mshadow_op.h).
package struct Unary: Operator {
  package static let name = "Unary"

  package enum Function: String, Codable, Sendable, CaseIterable {
    case abs
    case negative
    /// −1, 0 or 1.
    case sign
    /// 1/x.
    case reciprocal
    case square
    case sqrt
    /// 1/√x.
    case rsqrt
    case cbrt
    case exp
    case expm1
    case log
    case log2
    case log10
    case log1p
    case sin
    case cos
    case tan
    case erf
    case floor
    case ceil
    /// Toward zero.
    case trunc
    /// To the nearest whole number, halves away from zero.
    case round
    /// To the nearest whole number, halves downward: MXNet's rule, not C's.
    case rint
  }

  package var function: Function

  package init(_ function: Function) { self.function = function }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    [ValueType(inputs.elementType(0), inputs.shape(0))]
  }
}

extension Unary {
  /// MXNet's names are the functions' own; `fix` is `trunc`.
  package static let mxnet: MXNetDialect<Unary>? = MXNetDialect(
    names: Function.allCases.map(\.rawValue) + ["fix", "_npx_erf"],
    read: { attributes throws(OperatorError) in
      let old = ["fix": "trunc", "_npx_erf": "erf"]
      guard let function = Function(rawValue: old[attributes.op] ?? attributes.op) else {
        throw OperatorError("operator", found: attributes.op, expected: "a function of one number")
      }
      return Unary(function)
    },
    write: { unary throws(OperatorError) in (unary.function.rawValue, [:]) })
}
