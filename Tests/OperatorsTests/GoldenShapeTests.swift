import Graphs
import Operators
import OrderedCollections
import TestSupport
import Testing

@Suite("Shape rules against MXNet's recorded runs", .enabled(if: Repository.golden != nil))
struct GoldenShapeTests {
  @Test("there are recorded cases")
  func present() { #expect(GoldenCase.all.count >= 150) }

  @Test(
    "a node takes as many inputs as MXNet's, and its rule gives the recorded shapes",
    arguments: GoldenCase.all)
  func outputs(_ golden: GoldenCase) throws {
    let operation = try golden.operation()
    #expect(operation.mxnetInputNames.count == golden.shapes.count)
    let (outputs, inputs) = try operation.inferred(golden.shapes.map { PartialShape($0) })
    #expect(outputs == golden.outputs.map { PartialShape($0) })
    #expect(inputs == golden.shapes.map { PartialShape($0) })
    #expect(operation.mxnetOutputSuffixes.count == golden.outputs.count)
  }

  @Test("the shapes of weights follow from the data's", arguments: GoldenCase.all)
  func weights(_ golden: GoldenCase) throws {
    let operation = try golden.operation()
    // Labels are no weights: MXNet takes them in several shapes.
    let given = zip(operation.inputs, golden.shapes).map { input, shape in
      [.parameter, .auxiliary].contains(input.role) ? .unknown : PartialShape(shape)
    }
    let (outputs, inputs) = try operation.inferred(given)
    #expect(outputs == golden.outputs.map { PartialShape($0) })
    #expect(inputs == golden.shapes.map { PartialShape($0) })
  }

  @Test("with nothing known the rule knows nothing wrong", arguments: GoldenCase.all)
  func unknown(_ golden: GoldenCase) throws {
    let operation = try golden.operation()
    for given in [
      golden.shapes.map { _ in .unknown }, golden.shapes.map { PartialShape($0.map { _ in nil }) },
    ] {
      let (outputs, inputs) = try operation.inferred(given)
      #expect(outputs.count == golden.outputs.count)
      for (found, recorded) in zip(outputs + inputs, golden.outputs + golden.shapes) {
        #expect(found.merged(with: PartialShape(recorded)) != nil, "\(found) against \(recorded)")
      }
    }
  }

  @Test("each single unknown dimension leaves the others right", arguments: GoldenCase.all)
  func partial(_ golden: GoldenCase) throws {
    let operation = try golden.operation()
    for (input, shape) in golden.shapes.enumerated() {
      for axis in shape.indices {
        var given = golden.shapes.map { PartialShape($0) }
        given[input].dimensions?[axis] = nil
        for (found, recorded) in zip(try operation.inferred(given).outputs, golden.outputs) {
          #expect(found.merged(with: PartialShape(recorded)) != nil, "\(found) against \(recorded)")
        }
      }
    }
  }

  @Test("MXNet's attributes survive the way into the IR and back", arguments: GoldenCase.all)
  func spelling(_ golden: GoldenCase) throws {
    let operation = try golden.operation()
    let spelling = try operation.mxnetSpelling()
    let name = spelling.attributes["op_type"].map { "Custom:\($0)" } ?? spelling.op
    let again = try #require(OperatorTable.mxnet(name)).read(mxnet: name, attributes: spelling.attributes)
    #expect(again.name == operation.name)
    #expect(again.attributes == operation.attributes)
  }
}
