import Operators
import Tensors
import TestSupport
import Testing
import Verification

@Suite("Planted bugs")
struct InjectionTests {
  @Test("every known bug is caught and named", arguments: PlantedFaults.all)
  func planted(_ fault: PlantedFault) throws {
    #expect(!fault.layers.isEmpty)
    var (caught, named, alone) = (0, 0, 0)
    #if DEBUG
      let layers = fault.layers.prefix(2)
    #else
      let layers = fault.layers[...]
    #endif
    for layer in layers {
      let report = try layer.judged(fault.plant(layer))
      if report.verdict.isFailure { caught += 1 }
      #expect(report.verdict.isFailure, "\(layer.name): \(report.verdict.rawValue) \(report.reason)")
      let sentence = report.diagnosis ?? "no diagnosis"
      if sentence.contains(fault.phrase) { named += 1 }
      if !sentence.contains("cannot tell apart") { alone += 1 }
      #expect(sentence.contains(fault.phrase), "\(layer.name): \(sentence)")
    }
    // Rows of the table in Schemas/verification.md: layers, caught, named, named alone.
    print("| \(fault.name) | \(layers.count) | \(caught) | \(named) | \(alone) |")
  }

  @Test("an honest fp32 run of every one of those layers raises no alarm")
  func honest() throws {
    var names: Set<String> = []
    var alarms = 0
    for layer in PlantedFaults.all.flatMap(\.layers) where names.insert(layer.name).inserted {
      let report = try layer.judged(layer.honest())
      if report.verdict > .rounding { alarms += 1 }
      #expect(report.verdict <= .rounding, "\(layer.name): \(report.verdict.rawValue) \(report.reason)")
      #expect(report.diagnosis == nil)
    }
    print("honest layers: \(names.count), false alarms: \(alarms)")
  }
}
