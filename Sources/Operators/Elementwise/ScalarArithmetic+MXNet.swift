internal import OrderedCollections

extension ScalarArithmetic {
  private typealias Spelling = (function: Binary.Function, scalarIsLeft: Bool, names: [String])

  /// MXNet's names (tensor/elemwise_binary_scalar_op_*.cc), the older ones second; the first is written.
  private static let spellings: [Spelling] = [
    (.add, false, ["_plus_scalar", "_PlusScalar"]),
    (.subtract, false, ["_minus_scalar", "_MinusScalar"]),
    (.subtract, true, ["_rminus_scalar", "_RMinusScalar"]),
    (.multiply, false, ["_mul_scalar", "_MulScalar"]),
    (.divide, false, ["_div_scalar", "_DivScalar"]),
    (.divide, true, ["_rdiv_scalar", "_RDivScalar"]),
    (.maximum, false, ["_maximum_scalar", "_MaximumScalar"]),
    (.minimum, false, ["_minimum_scalar", "_MinimumScalar"]),
    (.power, false, ["_power_scalar", "_PowerScalar"]),
    (.power, true, ["_rpower_scalar", "_RPowerScalar"]),
  ]

  package static let mxnet: MXNetDialect<ScalarArithmetic>? = MXNetDialect(
    names: spellings.flatMap(\.names),
    read: { attributes throws(OperatorError) in
      attributes.ignore("is_int")
      guard let spelling = spellings.first(where: { $0.names.contains(attributes.op) }) else {
        throw OperatorError(
          "operator", found: attributes.op, expected: "one of \(spellings.flatMap(\.names))")
      }
      return ScalarArithmetic(
        spelling.function, try attributes.double("scalar", default: 1), scalarIsLeft: spelling.scalarIsLeft)
    },
    write: { arithmetic throws(OperatorError) in
      // Where the order does not matter there is one spelling.
      let isCommutative = [.add, .multiply, .maximum, .minimum].contains(arithmetic.function)
      let spelling = spellings.first {
        $0.function == arithmetic.function && (isCommutative || $0.scalarIsLeft == arithmetic.scalarIsLeft)
      }
      guard let name = spelling?.names.first else {
        throw .attribute("function", found: arithmetic.function.rawValue, expected: "one that MXNet has")
      }
      return (name, ["scalar": "\(arithmetic.scalar)"])
    })
}
