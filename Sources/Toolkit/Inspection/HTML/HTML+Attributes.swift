internal import Graphs

extension HTML {
  /// An attribute as a page shows it: numbers in the seven digits that single precision has.
  static func written(_ value: AttributeValue) -> String {
    switch value {
    case .number(let number): HTML.number(number, digits: 7)
    case .list(let values): "[" + values.map(written).joined(separator: ", ") + "]"
    case .boolean, .integer, .text, .tensor: value.description
    }
  }
}
