internal import Graphs
internal import Operators

extension NetworkBuilder {
  /// - Parameter weights: what the weights' names begin with, where layers share them; the node's name by default.
  mutating func convolution(
    _ name: String, _ input: ValueID, _ filters: FilterCount, _ window: Window = Window(1),
    hasBias: Bool, weights: String? = nil
  ) -> ValueID {
    note(filters, hasBias ? ["weight", "bias"] : ["weight"], of: weights ?? name)
    let operation = Convolution(geometry: window.geometry, filters: self[filters], hasBias: hasBias)
    return node(name, operation, [input], weights: weights)
  }

  /// A deformable convolution whose offsets a plain one predicts from the same map.
  mutating func deformableConvolution(
    _ name: String, _ input: ValueID, _ filters: FilterCount, _ window: Window, offsets: Window
  ) -> ValueID {
    let taps = window.kernel * window.kernel
    let offset = convolution(
      name + "_offset", input, 2 * taps * .deformableGroups, offsets, hasBias: true)
    note(filters, ["weight"], of: name)
    let operation = DeformableConvolution(
      geometry: window.geometry, deformableGroups: self[.deformableGroups], filters: self[filters],
      hasBias: false, hasMask: false, border: .closed)
    return node(name, operation, [input, offset])
  }

  /// By stored statistics, the scale as stored: Caffe's BatchNorm and Scale in one.
  mutating func normalisation(_ name: String, _ input: ValueID, _ channels: FilterCount) -> ValueID {
    note(channels, ["gamma", "beta", "moving_mean", "moving_var"], of: name)
    return node(name, BatchNorm(epsilon: 1e-5, fixGamma: false, usesGlobalStatistics: true), [input])
  }

  mutating func normalisedConvolution(
    _ name: String, _ norm: String, _ input: ValueID, _ filters: FilterCount, _ window: Window
  ) -> ValueID {
    normalisation(norm, convolution(name, input, filters, window, hasBias: false), filters)
  }

  mutating func fullyConnected(
    _ name: String, _ input: ValueID, _ units: FilterCount
  ) -> ValueID {
    note(units, ["weight", "bias"], of: name)
    return node(name, FullyConnected(units: self[units], hasBias: true), [input])
  }

  mutating func relu(_ name: String, _ input: ValueID) -> ValueID {
    node(name, Activation(.relu), [input])
  }

  /// - Parameters:
  ///   - axis: of the classes; negative from the end.
  ///   - label: an input that only training reads.
  mutating func softmax(_ name: String, _ input: ValueID, axis: Int, label: ValueID? = nil) -> ValueID {
    node(name, Softmax(axis: axis, hasLabel: label != nil), [input] + (label.map { [$0] } ?? []))
  }

  /// MXNet's rule: 0 keeps a dimension, −1 infers one.
  mutating func reshape(_ name: String, _ input: ValueID, _ shape: [Int]) -> ValueID {
    node(name, Reshape(shape), [input])
  }

  /// The last window may hang over the map's edge.
  mutating func maximumPooling(
    _ name: String, _ input: ValueID, _ window: Window
  ) -> ValueID {
    node(name, Pooling(.max, geometry: window.geometry, convention: .full), [input])
  }

  mutating func globalAverage(_ name: String, _ input: ValueID) -> ValueID {
    node(name, Pooling.global(.average), [input])
  }

  /// Numpy's rule for dimensions that differ.
  mutating func broadcastSum(_ name: String, _ left: ValueID, _ right: ValueID) -> ValueID {
    node(name, Binary(.add, broadcasts: true), [left, right])
  }

  mutating func sum(_ name: String, _ inputs: [ValueID]) -> ValueID {
    node(name, AddN(count: inputs.count), inputs)
  }

  /// Repeats each element of a map, across and down.
  mutating func enlarged(_ name: String, _ input: ValueID, by scale: Int) -> ValueID {
    node(name, UpSampling(nearest: scale), [input])
  }

  /// A transposed convolution of each channel by itself, with a kernel of twice the stride.
  mutating func channelwiseEnlargement(
    _ name: String, _ input: ValueID, channels: FilterCount, by scale: Int
  ) -> ValueID {
    note(channels, ["weight"], of: name)
    let operation = Deconvolution(
      geometry: Window(2 * scale, stride: scale, pad: 0).geometry, groups: self[channels],
      filters: self[channels], hasBias: false)
    return node(name, operation, [input])
  }

  /// - Parameter offset: rows and columns that are cut before the first.
  mutating func cropped(_ name: String, _ input: ValueID, like: ValueID, offset: Int) -> ValueID {
    node(name, Crop(offset: [offset, offset]), [input, like])
  }
}
