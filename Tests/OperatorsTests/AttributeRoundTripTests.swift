import Graphs
import Operators
import OrderedCollections
import Testing

@Suite("Attributes of every operator")
struct AttributeRoundTripTests {
  @Test("every operator of the table has an example")
  func complete() {
    let shown = Set(OperatorExamples.all.map(\.name))
    #expect(OperatorTable.all.filter { !shown.contains($0.name) }.map { $0.name } == [])
  }

  @Test("attributes survive the way to the neutral form and back", arguments: OperatorExamples.all.indices)
  func neutral(_ index: Int) throws {
    let operation = OperatorExamples.all[index]
    let again = try #require(try OperatorTable.make(operation.name, operation.attributes))
    #expect(again.isEqual(to: operation), "\(again) and \(operation)")
  }

  @Test("MXNet's spelling is read back as the same operator", arguments: OperatorExamples.ofMXNet.indices)
  func mxnet(_ index: Int) throws {
    let operation = OperatorExamples.ofMXNet[index]
    let spelling = try operation.mxnetSpelling()
    let name = spelling.attributes["op_type"].map { "Custom:\($0)" } ?? spelling.op
    let again = try #require(OperatorTable.mxnet(name)).read(mxnet: name, attributes: spelling.attributes)
    #expect(again.isEqual(to: operation), "\(again) and \(operation), \(spelling)")
  }

  @Test("what MXNet has no operator for is not written", arguments: OperatorExamples.ofOthers.indices)
  func foreignToMXNet(_ index: Int) {
    #expect(throws: OperatorError.self) { try OperatorExamples.ofOthers[index].mxnetSpelling() }
  }

  @Test("MXNet names as many inputs as the operator takes", arguments: OperatorExamples.all.indices)
  func inputs(_ index: Int) {
    let operation = OperatorExamples.all[index]
    #expect(operation.mxnetInputNames.count == operation.inputs.count)
    #expect(Set(operation.mxnetInputNames).count == operation.inputs.count)
    #expect(Set(operation.inputs.map(\.name)).count == operation.inputs.count)
  }

  @Test(
    "an attribute that is missing, or of another kind, is refused", arguments: OperatorExamples.all.indices)
  func foreign(_ index: Int) {
    let operation = OperatorExamples.all[index]
    for name in operation.attributes.keys {
      var attributes = operation.attributes
      attributes[name] = .list([.list([])])
      #expect(throws: OperatorError.self) { try OperatorTable.make(operation.name, attributes) }
      // Words are checked; Deferred's texts are free.
      guard operation.name != "Deferred" else { continue }
      attributes[name] = .text("no such word")
      #expect(throws: OperatorError.self) { try OperatorTable.make(operation.name, attributes) }
    }
    var attributes = operation.attributes
    attributes["noSuchName"] = .integer(1)
    #expect(throws: OperatorError.self) { try OperatorTable.make(operation.name, attributes) }
  }
}

extension Operator {
  func isEqual(to other: any Operator) -> Bool { (other as? Self) == self }
}
