internal import OrderedCollections

extension Binary {
  /// MXNet's names of each function: those that broadcast, and those of equal shapes with their older ones
  /// (tensor/elemwise_binary_broadcast_op_*.cc, tensor/elemwise_binary_op_*.cc); the first is written.
  private static let spellings: [(function: Function, broadcast: [String], equal: [String])] = [
    (
      .add, ["broadcast_add", "broadcast_plus"],
      ["elemwise_add", "_add", "_plus", "_Plus", "_grad_add"]
    ),
    (.subtract, ["broadcast_sub", "broadcast_minus"], ["elemwise_sub", "_sub", "_minus", "_Minus"]),
    (.multiply, ["broadcast_mul"], ["elemwise_mul", "_mul", "_Mul"]),
    (.divide, ["broadcast_div"], ["elemwise_div", "_div", "_Div"]),
    (.maximum, ["broadcast_maximum"], ["_maximum", "_Maximum"]),
    (.minimum, ["broadcast_minimum"], ["_minimum", "_Minimum"]),
    (.power, ["broadcast_power"], ["_power", "_Power"]),
  ]

  private static let byName: [String: Binary] = {
    var byName: [String: Binary] = [:]
    for (function, broadcast, equal) in spellings {
      for name in broadcast { byName[name] = Binary(function, broadcasts: true) }
      for name in equal { byName[name] = Binary(function, broadcasts: false) }
    }
    return byName
  }()

  package static let mxnet: MXNetDialect<Binary>? = MXNetDialect(
    names: spellings.flatMap { $0.broadcast + $0.equal },
    read: { attributes throws(OperatorError) in
      guard let binary = byName[attributes.op] else {
        throw OperatorError("operator", found: attributes.op, expected: "one of \(byName.keys.sorted())")
      }
      return binary
    },
    write: { binary throws(OperatorError) in
      let names = spellings.first { $0.function == binary.function }.map {
        binary.broadcasts ? $0.broadcast : $0.equal
      }
      guard let name = names?.first else {
        throw .attribute("function", found: binary.function.rawValue, expected: "one that MXNet has")
      }
      return (name, [:])
    },
    inputNames: { _ in ["lhs", "rhs"] })
}
