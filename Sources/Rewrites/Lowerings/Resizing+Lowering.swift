package import Operators
internal import Tensors

/// Into `Resize` by repeated elements, or a transposed convolution of each channel.
extension UpSampling: ONNXLowering {
  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    guard method == .nearest else {
      let pad = scale / 2
      return [
        c.node(
          "ConvTranspose", [node.input(0), node.input(1)],
          [
            "kernel_shape": .integers([kernel, kernel]), "strides": .integers([scale, scale]),
            "pads": .integers([pad, pad, pad, pad]), "group": .integer(filters),
          ])
      ]
    }
    let size = c.multiply(c.node("Shape", [node.input(0)], ["start": .integer(2)]), c.integers([scale]))
    let maps = (0..<count).map { index in
      let map = node.input(index)
      let target = c.join([c.node("Shape", [map], ["start": .integer(0), "end": .integer(2)]), size], 0)
      return c.node(
        "Resize", [map, nil, nil, target],
        [
          "mode": .text("nearest"), "nearest_mode": .text("floor"),
          "coordinate_transformation_mode": .text("asymmetric"),
        ])
    }
    guard maps.count > 1 else { return maps }
    return [combination == .concat ? c.join(maps, 1) : c.node("Sum", maps.map(Optional.some))]
  }
}

/// Into `Resize`.
extension BilinearResize: ONNXLowering {
  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    let data = node.input(0)
    let have = c.node("Shape", [data], ["start": .integer(2)])
    let size: Wire
    if !self.size.isEmpty {
      size = c.integers(self.size)
    } else if scales.isEmpty {
      size = c.node("Shape", [node.input(1)], ["start": .integer(-2)])
    } else {
      // Cut to whole ones in fp32, as the source does.
      let scaled = c.multiply(c.cast(have, to: .float32), c.floats(scales.map { Float($0) }))
      size = c.cast(scaled, to: .int64)
    }
    let target = c.join([c.node("Shape", [data], ["start": .integer(0), "end": .integer(2)]), size], 0)
    return [
      c.node(
        "Resize", [data, nil, nil, target],
        [
          "mode": .text("linear"),
          // One element stands at the first in both.
          "coordinate_transformation_mode": .text(alignsCorners ? "align_corners" : "pytorch_half_pixel"),
        ])
    ]
  }
}

/// A target shape, from which the cropping of a map of any size follows, is ONNX's `output_shape`.
extension Deconvolution: ONNXLowering {
  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    guard !targetShape.isEmpty else { return nil }
    let inputs = [node.input(0), node.input(1)] + (hasBias ? [node.input(2)] : [])
    return [
      c.node(
        "ConvTranspose", inputs.map(Optional.some),
        [
          "kernel_shape": .integers(geometry.kernel), "strides": .integers(geometry.stride),
          "dilations": .integers(geometry.dilation), "group": .integer(groups),
          "output_shape": .integers(targetShape),
        ])
    ]
  }
}
