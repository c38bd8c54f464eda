package import OrderedCollections

/// One attribute of a node in the neutral form that packs and reports show.
package enum AttributeValue: Hashable, Sendable {
  case boolean(Bool)
  case integer(Int)
  /// A number; attributes that the source keeps in fp32 are rounded to fp32 before they are widened.
  case number(Double)
  case text(String)
  case list([AttributeValue])
  /// The model's tensor of this name: what opaque operators hold that is no number, text or list.
  case tensor(String)
}

/// A node's attributes by name, in the order in which its operator declares them.
package typealias Attributes = OrderedDictionary<String, AttributeValue>

extension AttributeValue: CustomStringConvertible {
  package var description: String {
    switch self {
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): String(describing: value)
    case .text(let value): value
    case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .tensor(let name): "tensor '\(name)'"
    }
  }
}
