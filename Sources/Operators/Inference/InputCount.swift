/// Inputs that one node may take: enough for every network, few enough to list.
let inputCountRange = 1...4096

/// Levels that a feature pyramid may have.
let levelCountRange = 1...32

extension [InputName] {
  /// `input0`, `input1`, … for an operator of any number of inputs.
  ///
  /// A count that its shape rule refuses gives none: it may come from a hostile file.
  static func numbered(_ count: Int, prefix: String = "input") -> [InputName] {
    guard inputCountRange.contains(count) else { return [] }
    return (0..<count).map { InputName("\(prefix)\($0)") }
  }
}
