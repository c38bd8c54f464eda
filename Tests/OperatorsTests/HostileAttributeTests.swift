import Graphs
import Operators
import OrderedCollections
import Testing

/// What a file may put in an attribute's place.
private let hostileIntegers = [
  Int.min, -(1 << 40), -2_147_483_648, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4096, 1 << 20, 2_147_483_647,
  1 << 40,
  .max,
]
private let hostileNumbers = [
  0, -0.0, -1, 1e-300, 0.5, 3, 1e10, 1e300, .infinity, -.infinity, .nan, .leastNonzeroMagnitude,
]

@Suite("Attributes from hostile files")
struct HostileAttributeTests {
  /// All values that stand in for one; of a list, each element in turn, and lists of other lengths.
  private static func substitutes(for value: AttributeValue) -> [AttributeValue] {
    switch value {
    case .boolean(let flag): return [.boolean(!flag)]
    case .integer: return hostileIntegers.map { .integer($0) }
    case .number: return hostileNumbers.map { .number($0) }
    case .list(let values):
      var lists: [[AttributeValue]] = [
        [], Array(values.dropLast()), values + values, Array(repeating: .integer(0), count: 2_000),
      ]
      for (index, element) in values.enumerated() {
        for other in substitutes(for: element) {
          var list = values
          list[index] = other
          lists.append(list)
        }
      }
      let widest: [AttributeValue] = hostileIntegers.map { .integer($0) }
      return (lists + widest.map { Array(repeating: $0, count: max(values.count, 1)) }).map { .list($0) }
    default: return []
    }
  }

  /// Inputs from which a shape rule could be led astray.
  private static func inputShapes(_ count: Int) -> [[PartialShape]] {
    let shapes: [PartialShape] = [
      .unknown, PartialShape([]), PartialShape([5]), PartialShape([2, 8]), PartialShape([2, 12, 9, 11]),
      PartialShape([nil, nil, nil, nil]), PartialShape([0, 0, 0, 0]), PartialShape([1, 12, nil, 11]),
      PartialShape([1, .max, .max, .max]), PartialShape([.max, 2, 3]), PartialShape([1, 2, 3, 4, 5]),
    ]
    return shapes.map { Array(repeating: $0, count: count) }
  }

  @Test(
    "a shape rule gives shapes or throws, whatever the attributes", arguments: OperatorExamples.all.indices)
  func neutral(_ index: Int) throws {
    let operation = OperatorExamples.all[index]
    var variants = [operation.attributes]
    for (name, value) in operation.attributes {
      for other in Self.substitutes(for: value) {
        var attributes = operation.attributes
        attributes[name] = other
        variants.append(attributes)
      }
    }
    for attributes in variants {
      guard let hostile = try? OperatorTable.make(operation.name, attributes) else { continue }
      _ = hostile.mxnetInputNames
      _ = try? hostile.mxnetSpelling()
      for shapes in Self.inputShapes(hostile.inputs.count) {
        guard let outputs = try? hostile.inferred(shapes).outputs else { continue }
        #expect(
          outputs.allSatisfy { ($0.dimensions ?? []).allSatisfy { ($0 ?? 0) >= 0 } },
          "\(hostile) gave \(outputs) for \(shapes)")
      }
    }
  }

  @Test("texts of attributes are read or refused", arguments: OperatorTable.all.indices)
  func texts(_ index: Int) throws {
    let type = OperatorTable.all[index]
    let words = [
      "", " ", "None", "()", "(", ")", "(1,", "[1, 2)", "(1)(2)", "-1", "0", "4294967296",
      "9223372036854775807",
      "9223372036854775808", "-9223372036854775808", "(0, 0)", "(-1, -1)",
      "(9223372036854775807, 9223372036854775807)",
      "(2147483647, 2147483647)", "1e400", "-1e400", "nan", "inf", "0x10", "1e", "True", "relu",
      "(None, None)",
      "(3L, 3L)", "((1, 2), 3)", String(repeating: "(", count: 1000), "٣", "1_000", "+", "-", "f", "(1.5)",
    ]
    let examples = OperatorExamples.all.filter { $0.name == type.name }
    for name in type.mxnetNames {
      for example in examples {
        guard let spelling = try? example.mxnetSpelling() else { continue }
        for attribute in spelling.attributes.keys {
          for word in words {
            var attributes = spelling.attributes
            attributes[attribute] = word
            guard let hostile = try? type.read(mxnet: name, attributes: attributes) else { continue }
            _ = hostile.mxnetOutputSuffixes
            _ = try? hostile.inferred(hostile.inputs.map { _ in PartialShape([1, 12, 9, 11]) })
          }
        }
      }
      _ = try? type.read(mxnet: name, attributes: [:])
      #expect(throws: OperatorError.self) { try type.read(mxnet: name, attributes: ["no such": "1"]) }
    }
  }
}
