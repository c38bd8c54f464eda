package import Tensors

extension Deconvolution {
  package var layout: LayoutPreference { .channelsLast }

  /// Output positions of one remainder by the stride take the same taps: each such phase is a small
  /// convolution of stride 1, whose results stand `stride` positions apart.
  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let input = site.input(0).shape
    var axes: [[PhaseAxis]] = []
    for axis in 0..<geometry.rank {
      let placement = try placement(axis, of: input[2 + axis])
      axes.append(
        PhaseAxis.all(
          kernel: geometry.kernel[axis], stride: geometry.stride[axis], dilation: geometry.dilation[axis],
          pad: placement.padBegin, outputSize: placement.outputSize))
    }
    axes = Array(repeating: [PhaseAxis.unit], count: 3 - axes.count) + axes
    let map = Extent(input.dimensions[2...])
    let phases = axes[0].flatMap { z in
      axes[1].flatMap { y in axes[2].map { x in Phase(self, z, y, x, map, site) } }
    }
    let counts = (axes[0].count, axes[1].count, axes[2].count)
    let output = Extent(site.output().shape.dimensions[2...])
    let scratch = phases.map(\.product.scratch).max() ?? 0
    return Step(scratch: scratch) { [kernels = site.kernels, filters] evaluation in
      let data = evaluation.input(0)
      evaluation.output().forEachChunk(of: output.width * filters, on: evaluation.threads) {
        start, chunk, worker in
        let row = start / (output.width * filters)
        let y = row % output.height
        let z = row / output.height % output.depth
        let image = row / output.height / output.depth
        let first = (z % counts.0 * counts.1 + y % counts.1) * counts.2
        for phase in phases[first..<(first + counts.2)] {
          phase.run(
            data.span, (image, z / counts.0, y / counts.1), into: &chunk,
            scratch: evaluation.scratch(of: worker), kernels)
        }
      }
    }
  }
}

/// The positions of one remainder along an axis: o = first + stride·j for j in 0..<count.
private struct PhaseAxis: Sendable {
  /// Of the positions' numbers j.
  var count: Int
  /// The first of them, and from one to the next.
  var first: Int
  var stride: Int
  /// The taps that reach these positions, by rising element of the map.
  var taps: [Int]
  /// Elements from one tap's element to the next.
  var dilation: Int
  /// How far before position 0 the first tap's element is.
  var pad: Int

  static let unit = PhaseAxis(count: 1, first: 0, stride: 1, taps: [0], dilation: 1, pad: 0)

  /// All phases, by the remainder of the output position.
  static func all(kernel: Int, stride: Int, dilation: Int, pad: Int, outputSize: Int) -> [PhaseAxis] {
    (0..<min(stride, max(1, outputSize))).map { first in
      let remainder = (first + pad) % stride
      // Tap t of element i adds to o = i·stride + t·dilation − pad.
      let taps = (0..<kernel).filter { $0 * dilation % stride == remainder }.reversed()
      let elements = taps.map { (first + pad - $0 * dilation) / stride }
      return PhaseAxis(
        count: (outputSize - first + stride - 1) / stride, first: first, stride: stride, taps: Array(taps),
        dilation: elements.count > 1 ? elements[1] - elements[0] : 1, pad: -(elements.first ?? 0))
    }
  }
}

/// One phase of all three axes: a convolution of stride 1.
private struct Phase<T: Lane>: Sendable {
  let product: BlockedProduct<T>
  let windows: WindowGeometry
  let x: PhaseAxis
  let filters: Int

  init(
    _ operation: Deconvolution, _ z: PhaseAxis, _ y: PhaseAxis, _ x: PhaseAxis, _ map: Extent, _ site: Site<T>
  ) {
    let channels = site.input(0).shape[1]
    let kernel = Extent(operation.geometry.kernel[...])
    let dimensions = BlockedProduct<T>.Dimensions(
      groups: operation.groups, taps: z.taps.count * y.taps.count * x.taps.count,
      channelsPerGroup: channels / operation.groups, filtersPerGroup: operation.filters / operation.groups)
    let taps = z.taps.flatMap { z in
      y.taps.flatMap { y in x.taps.map { (z * kernel.height + y) * kernel.width + $0 } }
    }
    product = BlockedProduct(
      dimensions, weight: .elements(site.parameter(1)),
      BlockedProduct<T>.WeightLayout(
        taps: taps, channelStride: dimensions.filtersPerGroup * kernel.count, filterStride: kernel.count,
        groupStride: dimensions.channelsPerGroup * dimensions.filtersPerGroup * kernel.count),
      bias: operation.hasBias ? site.parameter(2) : nil, kernels: site.kernels)
    let one = Extent(height: 1, width: 1)
    windows = WindowGeometry(
      input: map, output: Extent(depth: z.count, height: y.count, width: x.count),
      kernel: Extent(depth: z.taps.count, height: y.taps.count, width: x.taps.count), stride: one,
      dilation: Extent(depth: z.dilation, height: y.dilation, width: x.dilation),
      pad: Extent(depth: z.pad, height: y.pad, width: x.pad), channels: channels)
    self.x = x
    filters = operation.filters
  }

  /// Writes this phase's positions of an output row.
  func run(
    _ data: Span<T>, _ row: (image: Int, z: Int, y: Int), into output: inout MutableSpan<T>,
    scratch: MutableElements<T>, _ kernels: any KernelSet<T>
  ) {
    let first = ((row.image * windows.output.depth + row.z) * windows.output.height + row.y) * x.count
    for block in Swift.stride(from: 0, to: x.count, by: BlockedProduct<T>.blockRows) {
      let count = min(BlockedProduct<T>.blockRows, x.count - block)
      product.run(
        count, into: &output, outputOffset: (x.first + block * x.stride) * filters,
        outputStride: x.stride * filters, scratch: scratch
      ) { stage, part, layout, rows in
        kernels.gatherWindows(
          data,
          WindowRows(
            geometry: windows, positions: part.shifted(by: first + block), taps: stage.taps,
            channels: product.dimensions.channels(of: stage)), layout, into: &rows)
      }
    }
  }
}
