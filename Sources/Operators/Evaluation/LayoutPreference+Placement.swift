package import Tensors

extension Operator {
  /// The layouts in which evaluation takes each input and gives each output.
  ///
  /// - Parameters:
  ///   - inputs: shape and present layout by input; nil where one is left out.
  ///   - outputs: nil where the shape depends on the data; such an output is emitted in logical order.
  ///   - isDelivered: whether the outputs are read by nobody but the caller, who has them in logical order.
  ///   - preference: what is asked for instead of what evaluation prefers.
  package func placement(
    inputs: [(shape: Shape, layout: Layout)?], outputs: [Shape?], isDelivered: Bool = false,
    preference: LayoutPreference? = nil
  ) -> (inputs: [Layout], outputs: [Layout]) {
    let roles = self.inputs.map(\.role)
    func isMap(_ index: Int) -> Bool {
      guard let shape = inputs[index]?.shape, shape.rank >= 3 else { return false }
      return !roles.indices.contains(index) || roles[index] == .data
    }
    func place(
      _ input: (Int) -> Layout, _ output: Layout
    ) -> (inputs: [Layout], outputs: [Layout]) {
      (
        inputs.indices.map { isMap($0) ? input($0) : .logical },
        outputs.map { ($0?.rank ?? 0) >= 3 ? output : .logical }
      )
    }
    switch preference ?? layout(for: inputs.map { $0?.shape }) {
    case .logical: return place({ _ in .logical }, .logical)
    case .channelsLast: return place({ _ in .channelsLast }, .channelsLast)
    case .grouped(let groups):
      return place({ $0 == 0 ? .grouped(groups) : .channelsLast }, .channelsLast)
    case .blocks(let groups, let takesPlanes):
      let isPlanes = takesPlanes && inputs[0]?.layout == .logical
      let first: Layout = isPlanes ? .logical : groups == 1 ? .channelsLast : .grouped(groups)
      func other(_ index: Int) -> Layout {
        isPlanes && inputs[index]?.layout == .logical ? .logical : .channelsLast
      }
      return place({ $0 == 0 ? first : other($0) }, isDelivered ? .logical : .channelsLast)
    case .absorbing:
      return place({ inputs[$0]?.layout == .channelsLast ? .channelsLast : .logical }, .logical)
    case .any:
      let data = inputs.indices.filter { !roles.indices.contains($0) || roles[$0] == .data }
      let ranks = Set(
        (data.map { inputs[$0]?.shape } + outputs).compactMap { $0 }.filter { $0.count != 1 }.map(\.rank))
      let wish = data.contains { isMap($0) && inputs[$0]?.layout == .channelsLast }
      let common: Layout = wish && ranks.count <= 1 ? .channelsLast : .logical
      return place({ _ in common }, common)
    }
  }
}
