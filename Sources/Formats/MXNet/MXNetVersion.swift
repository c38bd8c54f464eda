/// The version of MXNet that wrote a symbol: major · 10000 + minor · 100 + patch.
struct MXNetVersion: Hashable, Comparable, CustomStringConvertible {
  let number: Int

  /// What a file says that says nothing: 0.8 and older wrote no version.
  static let unsaid = MXNetVersion(number: 800)
  /// Auxiliary inputs stand among a node's inputs from here on.
  static let withAuxiliaryInputs = MXNetVersion(number: 900)
  /// `argmax` and `argmin` tell axis −1 from no axis from here on.
  static let withNegativeAxes = MXNetVersion(number: 905)
  /// What this program writes.
  static let written = MXNetVersion(number: 10901)

  static func < (a: Self, b: Self) -> Bool { a.number < b.number }

  var description: String { "\(number / 10000).\(number / 100 % 100).\(number % 100)" }
}
