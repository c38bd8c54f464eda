internal import Tensors

extension AlternativeList {
  /// What programs do to a bias.
  mutating func addBias(_ index: Int?, adding: (inout O) -> Void) {
    guard let index else {
      let filters = shape(operation.inputs.count - 1)
      guard filters.rank > 0 else { return }
      add(
        "a bias of 1 where there is none", remedy: "give the layer a bias of zeros",
        inputs: { [count = biasCount] in
          $0.append(Tensor([Double](repeating: 1, count: count), shape: [count]))
        },
        adding)
      return
    }
    add("no bias", remedy: "add the bias", input: index) { $0.mapElements { _ in 0 } }
    add("the bias added twice", remedy: "add the bias once", input: index) { $0.mapElements { 2 * $0 } }
    add("the bias subtracted", remedy: "add the bias", input: index) { $0.mapElements { -$0 } }
    add("the bias plus 1", remedy: "add the bias as it is stored", input: index) { $0.mapElements { $0 + 1 } }
    add("the bias in reversed order", remedy: "keep the order of the bias", input: index) {
      $0.reversed(axis: 0)
    }
  }

  /// Elements that a bias would have.
  private var biasCount: Int {
    switch operation {
    case let layer as Convolution: layer.filters
    case let layer as DeformableConvolution: layer.filters
    case let layer as Deconvolution: layer.filters
    case let layer as FullyConnected: layer.units
    default: 0
    }
  }

  /// Layouts of a bank of filters `[M, C, Kh, Kw]` that readers take for one another.
  mutating func addFilters(_ index: Int) {
    let filters = shape(index)
    guard filters.rank == 4 else { return }
    let (m, c, h, w) = (filters[0], filters[1], filters[2], filters[3])
    if h * w > 1 {
      add("filters turned by 180° (a true convolution)", remedy: "turn the filters back", input: index) {
        $0.reversed(axis: 2).reversed(axis: 3)
      }
      add("filters whose height and width are swapped", remedy: "keep the taps row by row", input: index) {
        $0.misread(as: [m, c, w, h], transposed: [0, 1, 3, 2])
      }
      add(
        "weights read as [out, height, width, in]",
        remedy: "transpose the weights to [out, in, height, width]",
        input: index
      ) { $0.misread(as: [m, h, w, c], transposed: [0, 3, 1, 2]) }
      add(
        "weights read as [height, width, in, out]",
        remedy: "transpose the weights to [out, in, height, width]",
        input: index
      ) { $0.misread(as: [h, w, c, m], transposed: [3, 2, 0, 1]) }
    }
    add(
      "weights read as [in, out, height, width]", remedy: "transpose the weights to [out, in, height, width]",
      input: index
    ) { $0.misread(as: [c, m, h, w], transposed: [1, 0, 2, 3]) }
    add("weights whose input channels are reversed", remedy: "keep the order of the channels", input: index) {
      $0.reversed(axis: 1)
    }
  }

  /// Slips of a window's geometry.
  mutating func addGeometry(_ path: WritableKeyPath<O, ConvolutionGeometry>) {
    let declared = operation[keyPath: path]
    guard declared.rank == 2 else { return }
    func alter(_ cause: String, _ remedy: String, _ change: (inout ConvolutionGeometry) -> Void) {
      add(cause, remedy: remedy) { change(&$0[keyPath: path]) }
    }
    alter("dilation and stride exchanged", "give each its own") { swap(&$0.dilation, &$0.stride) }
    alter("a dilation of 1", "dilate by \(declared.dilation)") { $0.dilation = [1, 1] }
    alter("strides of the other axis", "give the strides height before width") { $0.stride.reverse() }
    alter("dilations of the other axis", "give the dilations height before width") { $0.dilation.reverse() }
    alter("pads of the other axis", "give the pads height before width") {
      $0.padBegin.reverse()
      $0.padEnd.reverse()
    }
    alter("begin and end pads exchanged", "pad \(declared.padBegin) before and \(declared.padEnd) behind") {
      swap(&$0.padBegin, &$0.padEnd)
    }
    alter(
      "pads read axis by axis", "give the pads as [top, left, bottom, right], begins before ends"
    ) {
      let pads = $0.padBegin + $0.padEnd
      $0.padBegin = [pads[0], pads[2]]
      $0.padEnd = [pads[1], pads[3]]
    }
    alter("begin pads on both sides", "pad \(declared.padEnd) behind") { $0.padEnd = $0.padBegin }
    alter("end pads on both sides", "pad \(declared.padBegin) before") { $0.padBegin = $0.padEnd }
    alter("no padding", "pad \(declared.padBegin) before and \(declared.padEnd) behind") {
      $0.padBegin = [0, 0]
      $0.padEnd = [0, 0]
    }
    if declared.padEnd.allSatisfy({ $0 > 0 }) {
      alter(
        "padding that leans before", "pad \(declared.padBegin) before and \(declared.padEnd) behind"
      ) {
        $0.padBegin = $0.padBegin.map { $0 + 1 }
        $0.padEnd = $0.padEnd.map { $0 - 1 }
      }
    }
    if declared.padBegin.allSatisfy({ $0 > 0 }) {
      alter(
        "padding that leans behind (TensorFlow's SAME)",
        "pad \(declared.padBegin) before and \(declared.padEnd) behind"
      ) {
        $0.padBegin = $0.padBegin.map { $0 - 1 }
        $0.padEnd = $0.padEnd.map { $0 + 1 }
      }
    }
  }

  /// Mistakes with groups of channels.
  ///
  /// - Parameter filters: the input of filters `[M, …]` that are split among the groups; nil for none.
  mutating func addGroups(_ groups: Int, filters: Int? = nil) {
    let channels = shape(0).rank > 1 ? shape(0)[1] : 0
    guard groups > 1, channels % groups == 0 else { return }
    let size = channels / groups
    if let filters, shape(filters).rank > 0, shape(filters)[0] % groups == 0 {
      let all = shape(filters)[0]
      add(
        "the first group's filters for all groups", remedy: "give each group filters of its own",
        input: filters
      ) { $0.selecting((0..<all).map { $0 % (all / groups) }, axis: 0) }
    }
    add(
      "groups that all read the first group's channels", remedy: "let each group read channels of its own",
      input: 0
    ) { $0.selecting((0..<channels).map { $0 % size }, axis: 1) }
    add("groups in reversed order", remedy: "keep the order of the groups", input: 0) {
      $0.selecting((0..<channels).map { (groups - 1 - $0 / size) * size + $0 % size }, axis: 1)
    }
    add(
      "groups that take every \(groups)th channel", remedy: "let each group read \(size) channels in a row",
      input: 0
    ) { $0.selecting((0..<channels).map { $0 % size * groups + $0 / size }, axis: 1) }
  }
}
