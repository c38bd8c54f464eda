package import Graphs
internal import Operators
internal import Tensors

extension Probe {
  /// Operators that have a probe.
  package static let operators = [
    "Convolution", "Deconvolution", "DeformableConvolution", "DeformablePSROIPooling", "FullyConnected",
    "PSROIPooling", "Pooling", "ROIAlign", "ROIPooling",
  ]

  /// Cases of one operator in the forms that frameworks get wrong.
  ///
  /// - Parameter name: one of `operators`; nil for all.
  package init(ofOperator name: String?, for target: ProbeTarget) {
    self.init()
    for one in name.map({ [$0] }) ?? Self.operators {
      for form in Self.forms(of: one, for: target) { add(form, for: target) }
    }
    if target == .openvino, name == nil || name == "DeformableConvolution" { addSharedPair() }
  }

  /// The configurations of a model's operators, each once.
  ///
  /// - Parameter selects: names of values whose layers are probed.
  package init(of model: Model, for target: ProbeTarget, selecting selects: (String) -> Bool) {
    self.init()
    let names = model.graph.traceNames
    var seen: [any Operator] = []
    for index in model.graph.nodeOrder {
      let node = model.graph.nodes[index]
      guard let output = node.outputs.first, selects(names[output] ?? node.name),
        let operation = node.operation as? any Operator, Self.operators.contains(operation.name),
        let run = DyadicRun(of: operation), !seen.contains(where: { Self.isSame($0, run.operation) })
      else { continue }
      seen.append(run.operation)
      add(Form(Self.word(node.name), operation, "as in the model's \(node.name)"), for: target)
    }
  }

  private static func isSame(_ a: any Operator, _ b: any Operator) -> Bool {
    a.name == b.name && a.attributes == b.attributes
  }

  /// A name of letters, digits and `_`.
  private static func word(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  private struct Form {
    let name: String
    let operation: any Operator
    let about: String

    init(_ name: String, _ operation: any Operator, _ about: String) {
      self.name = name
      self.operation = operation
      self.about = about
    }
  }

  private mutating func add(_ form: Form, for target: ProbeTarget) {
    let spelled: any Operator
    do { spelled = try target.spelled(form.operation) } catch {
      gaps.append((form.name, error.reason))
      return
    }
    guard let run = DyadicRun(of: spelled) else {
      gaps.append((form.name, "\(spelled.name) has no probe"))
      return
    }
    var name = form.name
    var number = 2
    while cases.contains(where: { $0.name == name }) {
      name = "\(form.name)_\(number)"
      number += 1
    }
    cases.append(ProbeCase(name, run.operation, run.inputs, about: form.about))
    guard spelled is DeformableConvolution else { return }
    if let fine = DyadicRun(of: spelled, .positions) {
      cases.append(
        ProbeCase(
          name + "_positions", fine.operation, fine.inputs, about: "how a sample's position is added up"))
    }
    if let nan = DyadicRun(of: spelled, .notNumbers) {
      cases.append(
        ProbeCase(name + "_nan", nan.operation, nan.inputs, about: "offsets that are no numbers, told only"))
    }
  }

  /// Two layers of one model that differ in the border rule alone: an executor that both share shows.
  private mutating func addSharedPair() {
    for border in [DeformableConvolution.Border.closed, .zero] {
      let operation = DeformableConvolution(
        geometry: Self.window(3, pad: 1), filters: 3, hasBias: false, hasMask: false, border: border)
      guard let run = DyadicRun(of: operation) else { continue }
      cases.append(
        ProbeCase(
          "pair_\(border.rawValue)", run.operation, run.inputs,
          about: "two layers of one model that differ in the border rule alone", model: "pair"))
    }
  }

  private static func window(
    _ kernel: Int, _ width: Int? = nil, stride: Int = 1, dilation: Int = 1, pad: Int = 0
  ) -> ConvolutionGeometry {
    ConvolutionGeometry(
      kernel: [kernel, width ?? kernel], stride: [stride, stride], dilation: [dilation, dilation],
      padBegin: [pad, pad], padEnd: [pad, pad])
  }

  private static func forms(of name: String, for target: ProbeTarget) -> [Form] {
    switch name {
    case "DeformableConvolution": deformableForms(for: target)
    case "Convolution":
      [
        Form(
          "convolution",
          Convolution(
            geometry: window(3, 2, stride: 2, dilation: 2, pad: 2), groups: 2, filters: 4, hasBias: true),
          "stride, dilation, pads, groups, a bias")
      ]
    case "Deconvolution":
      [
        Form(
          "deconvolution",
          Deconvolution(geometry: window(4, 3, stride: 2, pad: 1), groups: 2, filters: 4, hasBias: true),
          "stride, pads, groups, a bias")
      ]
    case "FullyConnected":
      [
        Form(
          "fully_connected", FullyConnected(units: 3, hasBias: true), "the order in which a map is flattened")
      ]
    case "Pooling":
      [
        Form(
          "max_pooling", Pooling(.max, geometry: window(3, stride: 2, pad: 1)), "windows, padding below zero"),
        Form(
          "average_padded", Pooling(.average, geometry: window(3, stride: 2, pad: 1), divisor: .padded),
          "means that count the padding"),
        Form(
          "average_inside", Pooling(.average, geometry: window(3, stride: 2, pad: 1), divisor: .inside),
          "means that do not"),
        Form(
          "average_full",
          Pooling(.average, geometry: window(3, stride: 2), convention: .full, divisor: .inside),
          "windows that hang over"),
      ]
    case "ROIPooling":
      [
        Form("roi_pooling", ROIPooling(pooledSize: [2, 3], spatialScale: 0.0625), "rounding, +1, empty bins")
      ]
    case "PSROIPooling":
      [
        Form(
          "psroi_pooling",
          PSROIPooling(spatialScale: 0.0625, outputDim: 2, pooledSize: 3, groupSize: 3),
          "rounding, +1, order of channels")
      ]
    case "DeformablePSROIPooling":
      [
        Form(
          "deformable_psroi_pooling",
          DeformablePSROIPooling(
            spatialScale: 0.0625, outputDim: 2, groupSize: 3, pooledSize: 3, samplesPerPart: 4,
            transStd: 0.125, hasTrans: true), "trans, rounding, order of channels"),
        Form(
          "deformable_psroi_pooling_no_trans",
          DeformablePSROIPooling(
            spatialScale: 0.0625, outputDim: 2, groupSize: 3, pooledSize: 3, samplesPerPart: 4,
            hasTrans: false), "sampled bins, order of channels"),
      ]
    case "ROIAlign":
      [ROIAlign.Coordinates.corner, .halfPixel].map { coordinates in
        Form(
          "roi_align_\(coordinates == .corner ? "corner" : "half_pixel")",
          ROIAlign(
            pooledSize: [2, 3], spatialScale: 0.0625, samplingRatio: 2, coordinates: coordinates),
          "half pixels, sampling, regions beyond the map")
      }
    default: []
    }
  }

  /// Both versions where the framework has both border rules; the one that it has otherwise.
  private static func deformableForms(for target: ProbeTarget) -> [Form] {
    let borders: [DeformableConvolution.Border] =
      target == .openvino ? [.closed, .zero] : target == .mxnet ? [.closed] : [.zero]
    func layer(
      _ geometry: ConvolutionGeometry, groups: Int = 1, runs: Int = 1, mask: Bool,
      _ border: DeformableConvolution.Border
    ) -> DeformableConvolution {
      DeformableConvolution(
        geometry: geometry, groups: groups, deformableGroups: runs, filters: 3,
        hasBias: target != .openvino, hasMask: mask, border: border)
    }
    var forms: [Form] = []
    let versions: [(DeformableConvolution.Border, Bool)] = borders.map { ($0, false) } + [(.zero, true)]
    for (border, mask) in versions {
      let title = (mask ? "v2" : "v1") + (borders.count > 1 && !mask ? "_\(border.rawValue)" : "")
      forms += [
        Form(title, layer(window(3, pad: 1), mask: mask, border), "the border rule and the order of offsets"),
        Form(
          title + "_groups", layer(window(3, pad: 1), groups: 2, runs: 2, mask: mask, border),
          "groups beside deformable groups"),
        Form(
          title + "_deformable_groups",
          layer(window(3, 2, stride: 2, dilation: 2, pad: 2), runs: 3, mask: mask, border),
          "deformable groups, stride, dilation, a window that is no square"),
        Form(title + "_1x1", layer(window(1), mask: mask, border), "one tap, no padding"),
      ]
    }
    return forms
  }
}
