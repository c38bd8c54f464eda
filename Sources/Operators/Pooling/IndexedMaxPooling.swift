package import Graphs
package import Tensors

/// The largest element of each window, and where it stands.
///
/// Input: data `[N, C, H, W]`; outputs: maxima `[N, C, Ho, Wo]`, and their places `[N, C, Ho, Wo]` of int64 as numbers in
/// the whole tensor; of equal elements the first counts (ONNX MaxPool-12). One and three spatial dimensions work alike.
package struct IndexedMaxPooling: Operator {
  package static let name = "IndexedMaxPooling"

  package enum Order: String, Codable, Sendable {
    /// The last spatial axis runs fastest, as in memory.
    case rowMajor
    /// The first spatial axis runs fastest, in each map: ONNX's `storage_order` of 1.
    case columnMajor
  }

  package var geometry: ConvolutionGeometry
  package var convention: Pooling.Convention
  package var order: Order

  package init(
    geometry: ConvolutionGeometry, convention: Pooling.Convention = .valid, order: Order = .rowMajor
  ) {
    self.geometry = geometry
    self.convention = convention
    self.order = order
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let maxima = try Pooling(.max, geometry: geometry, convention: convention).infer(&inputs)
    return maxima + maxima.map { ValueType(.int64, $0.shape) }
  }

  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let (input, output) = (site.input(0), site.output())
    let windows = PoolingWindows(
      geometry, over: Array(input.shape.dimensions[2...]), counts: Array(output.shape.dimensions[2...]))
    let maps = input.shape[0] * input.shape[1]
    guard input.elementType.isFloatingPoint else {
      guard let least = input.elementType.leastWhole else {
        throw .input("data", found: "\(input.elementType.rawValue) elements", expected: "numbers")
      }
      return Step { evaluation throws(OperatorError) in
        let data = try evaluation.integers(0)
        let found = search(maps, windows, data.count) { data[$0] }
        evaluation.write(found.map { $0.map { data[$0] } ?? least })
        writePlaces(found, windows, evaluation)
      }
    }
    return Step { evaluation in
      let data = evaluation.input(0)
      let found = search(maps, windows, data.count) { data.span[$0] }
      evaluation.output().withSpan { y in
        // A window of padding, or without any number, as in pooling without places.
        for index in y.indices {
          y[index] = found[index].map { data.span[$0] } ?? -T(Float.greatestFiniteMagnitude)
        }
      }
      writePlaces(found, windows, evaluation)
    }
  }

  /// For each window the element that is largest; nil where none is larger than nothing: padding and NaN.
  private func search<V: Comparable>(
    _ maps: Int, _ windows: PoolingWindows, _ count: Int, _ value: (Int) -> V
  ) -> [Int?] {
    var found: [Int?] = []
    found.reserveCapacity(maps * windows.count)
    for map in 0..<maps {
      for window in 0..<windows.count {
        var best: Int?
        windows.forEach(of: window) { element in
          let place = map * windows.mapCount + element
          let candidate = value(place)
          // NaN is equal to nothing, itself included.
          guard candidate == candidate else { return }
          if let known = best, !(candidate > value(known)) { return }
          best = place
        }
        found.append(best)
      }
    }
    return found
  }

  private func writePlaces<T: Lane>(
    _ found: [Int?], _ windows: PoolingWindows, _ evaluation: Evaluation<T>
  ) {
    guard evaluation.hasOutput(1) else { return }
    let order = order
    evaluation.write(
      found.map { place in
        guard let place else { return -1 }
        guard order == .columnMajor else { return place }
        let (map, element) = place.quotientAndRemainder(dividingBy: windows.mapCount)
        return map * windows.mapCount + windows.columnMajor(element)
      }, to: 1)
  }
}

extension IndexedMaxPooling: ExactlyEvaluated {
  package static var mxnet: MXNetDialect<IndexedMaxPooling>? { nil }

  /// ONNX `MaxPool` (8 to 22) with its second output.
  package static let onnx: ONNXDialect<IndexedMaxPooling>? = ONNXDialect(
    names: [ONNXName("MaxPool", since: 8)],
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      guard node.outputCount == 2 else { return nil }
      let isColumnMajor = try node.flag("storage_order", default: false)
      let hangsOver = node.version >= 10 ? try node.flag("ceil_mode", default: false) : false
      return IndexedMaxPooling(
        geometry: try node.geometry(), convention: hangsOver ? .inside : .valid,
        order: isColumnMajor ? .columnMajor : .rowMajor)
    },
    write: { pooling, site throws(OperatorError) in
      var attributes = pooling.geometry.onnxAttributes
      if pooling.geometry.dilation.allSatisfy({ $0 == 1 }) {
        attributes.removeAll { $0.name == "dilations" }
      } else {
        try site.requireOpset(10, "dilated MaxPool")
      }
      guard pooling.convention == .valid || pooling.convention == .inside else {
        throw .attribute("convention", found: pooling.convention.rawValue, expected: "valid or inside")
      }
      if pooling.convention == .inside {
        try site.requireOpset(10, "ceil_mode")
        attributes.append(("ceil_mode", .integer(1)))
      }
      if pooling.order == .columnMajor { attributes.append(("storage_order", .integer(1))) }
      return [ONNXSpelling("MaxPool", attributes, inputs: [.input(0)])]
    })
}
