internal import Graphs

/// The maps that a ResNet's stages yield, each but the first half as fine as the one before it.
struct StageMaps {
  let stage2, stage3, stage4, stage5: ValueID
}

/// Where and how a ResNet's 3×3 convolutions are deformed (arXiv:1703.06211 §2.1).
struct Deformation {
  /// The residual units, by stage and letter: `5a`.
  let units: Set<String>
  /// The window of the convolution that predicts the offsets.
  let offsets: Window
}

extension NetworkBuilder {
  /// ResNet-101 as it was converted from Caffe (arXiv:1512.03385): a stage's first unit strides in its 1×1
  /// convolutions, normalisation uses stored statistics.
  ///
  /// - Parameter dilatesLastStage: whether stage 5 keeps stage 4's resolution and dilates its windows instead.
  mutating func resNet101(
    _ data: ValueID, dilatesLastStage: Bool, deformation: Deformation?
  ) -> StageMaps {
    let stem = normalisedConvolution("conv1", "bn_conv1", data, .stem, Window(7, stride: 2))
    let pooled = maximumPooling("pool1", relu("conv1_relu", stem), Window(3, stride: 2, pad: 0))
    let stage2 = residualStage(2, pooled, ["a", "b", "c"], deformation)
    let stage3 = residualStage(3, stage2, ["a"] + (1...3).map { "b\($0)" }, stride: 2, deformation)
    let stage4 = residualStage(4, stage3, ["a"] + (1...22).map { "b\($0)" }, stride: 2, deformation)
    let (stride, dilation) = dilatesLastStage ? (1, 2) : (2, 1)
    let stage5 = residualStage(
      5, stage4, ["a", "b", "c"], stride: stride, dilation: dilation, deformation)
    return StageMaps(stage2: stage2, stage3: stage3, stage4: stage4, stage5: stage5)
  }

  private mutating func residualStage(
    _ stage: Int, _ input: ValueID, _ units: [String], stride: Int = 1, dilation: Int = 1,
    _ deformation: Deformation?
  ) -> ValueID {
    var map = input
    for unit in units {
      let isFirst = unit == "a"
      let deformed = deformation.flatMap { $0.units.contains("\(stage)\(unit)") ? $0 : nil }
      map = residualUnit(
        "\(stage)\(unit)", map, stage, projected: isFirst ? Window(1, stride: stride) : nil,
        Window(3, dilation: dilation), deformed)
    }
    return map
  }

  /// 1×1, 3×3, 1×1 beside a shortcut.
  ///
  /// - Parameter projected: the window of the shortcut's own convolution, which is also the branch's first; nil
  ///   where the shortcut is the input itself.
  private mutating func residualUnit(
    _ unit: String, _ input: ValueID, _ stage: Int, projected: Window?, _ window: Window,
    _ deformation: Deformation?
  ) -> ValueID {
    let (name, norm) = ("res\(unit)_branch", "bn\(unit)_branch")
    var shortcut = input
    if let projected {
      shortcut = normalisedConvolution(name + "1", norm + "1", input, .outer(stage), projected)
    }
    let narrow = normalisedConvolution(
      name + "2a", norm + "2a", input, .inner(stage), projected ?? Window(1))
    let narrowed = relu(name + "2a_relu", narrow)
    let wide: ValueID
    if let deformation {
      let sampled = deformableConvolution(
        name + "2b", narrowed, .inner(stage), window, offsets: deformation.offsets)
      wide = normalisation(norm + "2b", sampled, .inner(stage))
    } else {
      wide = normalisedConvolution(name + "2b", norm + "2b", narrowed, .inner(stage), window)
    }
    let restored = normalisedConvolution(
      name + "2c", norm + "2c", relu(name + "2b_relu", wide), .outer(stage), Window(1))
    return relu("res\(unit)_relu", broadcastSum("res\(unit)", shortcut, restored))
  }
}
