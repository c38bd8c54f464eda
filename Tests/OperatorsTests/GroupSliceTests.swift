import Operators
import Tensors
import TestSupport
import Testing

@Suite("Deformable convolutions slice by slice")
struct GroupSliceTests {
  struct Setting: Sendable, CustomTestStringConvertible {
    var channels = 64
    var filters = 64
    var groups = 8
    var deformableGroups = 1
    var kernel = [3, 3]
    var stride = [1, 1]
    var dilation = [1, 1]
    var pad = [1, 1]
    var height = 9
    var hasMask = false
    var border = DeformableConvolution.Border.zero
    var coordinates = DeformableConvolution.Coordinates.absolute
    var offsetOrder = DeformableConvolution.OffsetOrder.yx

    var testDescription: String {
      "\(channels)→\(filters) g\(groups) dg\(deformableGroups) k\(kernel) s\(stride) d\(dilation) p\(pad) h\(height)"
        + " \(border) \(coordinates) \(offsetOrder)\(hasMask ? " mask" : "")"
    }

    var operation: DeformableConvolution {
      DeformableConvolution(
        geometry: ConvolutionGeometry(
          kernel: kernel, stride: stride, dilation: dilation, padBegin: pad, padEnd: pad), groups: groups,
        deformableGroups: deformableGroups, filters: filters, hasBias: true, hasMask: hasMask, border: border,
        coordinates: coordinates, offsetOrder: offsetOrder)
    }
  }

  /// Groups as wide as vectors of every kind and narrower, and such as fill no vector.
  static let settings: [Setting] = [
    Setting(), Setting(border: .closed), Setting(hasMask: true), Setting(hasMask: true, border: .closed),
    Setting(groups: 16, deformableGroups: 4), Setting(groups: 4, deformableGroups: 2, hasMask: true),
    Setting(groups: 64, offsetOrder: .xy), Setting(channels: 60, filters: 36, groups: 12),
    Setting(channels: 36, filters: 72, groups: 12, deformableGroups: 3, border: .closed),
    Setting(stride: [2, 2], border: .closed), Setting(kernel: [5, 5], pad: [2, 2], coordinates: .relative),
    // No side like the other; planes of more than a block of positions, of whole eights, and of a few.
    Setting(kernel: [2, 3], stride: [2, 1], dilation: [1, 2], pad: [1, 2]),
    Setting(height: 15, border: .closed), Setting(pad: [1, 0], height: 8),
    Setting(stride: [4, 9], height: 5),
    Setting(height: 1, coordinates: .relative),
    Setting(border: .closed, coordinates: .relative), Setting(coordinates: .half),
    Setting(border: .closed, coordinates: .half), Setting(height: 1),
    Setting(height: 1, border: .closed, coordinates: .relative),
    Setting(channels: 22, filters: 22, groups: 2),
  ]

  /// What a step gives for maps in these layouts, in logical order.
  private static func result<T: EvaluationLane>(
    _ type: T.Type, _ setting: Setting, _ inputs: [Tensor], _ layouts: [Layout], output: Layout, addend: Int?,
    _ set: InstructionSet, _ threads: Int
  ) throws -> [T] {
    let (kernels, threads) = (set.kernels[T.self], Threads(threads))
    let inputs = inputs.map { T.held($0) }
    let shape = inputs[inputs.count - 1].shape
    let site = Site<T>(
      inputs: zip(inputs, layouts).map {
        Site<T>.Argument(elementType: T.elementType, shape: $0.shape, layout: $1, constant: $0)
      },
      outputs: [Site<T>.Argument(elementType: T.elementType, shape: shape, layout: output)],
      kernels: kernels, epilogue: Epilogue(addend: addend, rectifies: addend != nil))
    let step = try T.prepare(setting.operation, site)
    guard case .run(let body) = step.work else { return [] }
    let memory = Memory(byteCount: shape.count * MemoryLayout<T>.size)
    try body(
      Evaluation<T>(
        inputs: zip(inputs, layouts).map {
          $0.permuted(from: .logical, to: $1, with: kernels, on: threads)
        },
        outputs: [
          Evaluation<T>.Output(
            elementType: T.elementType, memory: memory, byteOffset: 0, count: shape.count)
        ], threads: threads, scratch: MutableElements(count: step.scratch * threads.count)))
    return Tensor(
      memory: memory, range: 0..<memory.byteCount, elementType: T.elementType,
      shape: Shape(output.physical(shape))
    ).permuted(from: output, to: .logical, with: kernels, on: threads).elements(as: T.self)
  }

  /// Offsets in whole, across the rim and far beyond it; the map's edges infinite where asked for.
  private static func inputs(_ setting: Setting, infinities: Bool) -> [Tensor] {
    var random = SeededGenerator(seed: 17)
    func tensor(_ dimensions: [Int], _ value: (inout SeededGenerator) -> Float) -> Tensor {
      let shape = Shape(dimensions)
      return Tensor((0..<shape.count).map { _ in value(&random) }, shape: shape)
    }
    let (height, width) = (setting.height, 19)
    func steps(_ axis: Int, _ size: Int) -> Int {
      let window = setting.dilation[axis] * (setting.kernel[axis] - 1) + 1
      return (size + 2 * setting.pad[axis] - window) / setting.stride[axis] + 1
    }
    let (oh, ow) = (steps(0, height), steps(1, width))
    let taps = setting.deformableGroups * setting.kernel[0] * setting.kernel[1]
    var place = 0
    let data = tensor([2, setting.channels, height, width]) {
      defer { place += 1 }
      let (x, y) = (place % width, place / width % height)
      let isEdge = x == 0 || y == 0 || x == width - 1 || y == height - 1
      return infinities && isEdge ? .infinity : $0.normal()
    }
    let offset = tensor([2, 2 * taps, oh, ow]) {
      switch Int.random(in: 0..<16, using: &$0) {
      case 0: Float(Int.random(in: -3...3, using: &$0))
      case 1: Float.random(in: -40...40, using: &$0)
      case 2: [.nan, .infinity, -.infinity, 1e30, -3e9][Int.random(in: 0..<5, using: &$0)]
      // A whole of the map's edge, and what rounds to it.
      case 3: [-0.0, -1e-9, 1e-9, 1 - 0x1p-24, -1 + 0x1p-24][Int.random(in: 0..<5, using: &$0)]
      default: 2 * $0.normal()
      }
    }
    let mask = setting.hasMask ? [tensor([2, taps, oh, ow]) { $0.normal() }] : []
    let weight = tensor(
      [setting.filters, setting.channels / setting.groups] + setting.kernel
    ) { $0.normal() }
    let bias = tensor([setting.filters]) { $0.normal() }
    return [data, offset] + mask + [weight, bias, tensor([2, setting.filters, oh, ow]) { $0.normal() }]
  }

  private static func layouts(_ setting: Setting, data: Layout, offset: Layout, mask: Layout) -> [Layout] {
    [data, offset] + (setting.hasMask ? [mask] : []) + [.logical, .logical, .channelsLast]
  }

  /// Channels-last maps and planes of every mixture of layouts give the same bits; any two NaNs are one.
  private static func compare<T: EvaluationLane>(_ type: T.Type, _ setting: Setting, infinities: Bool) throws
  {
    let inputs = Self.inputs(setting, infinities: infinities)
    for (set, addend) in InstructionSet.available.flatMap({ set in
      [nil, inputs.count - 1].map { (set, $0) }
    }) {
      let last = Layout.channelsLast
      let rows = try Self.result(
        type, setting, inputs, Self.layouts(setting, data: last, offset: last, mask: last), output: last,
        addend: addend, set, 1)
      for mixture in 0..<8 {
        let layout: (Int) -> Layout = { mixture >> $0 & 1 == 0 ? .logical : last }
        let planes = try Self.result(
          type, setting, inputs,
          Self.layouts(setting, data: .logical, offset: layout(0), mask: layout(1)), output: layout(2),
          addend: addend, set, 1 + mixture % 3)
        let differing = zip(rows, planes).count {
          !($0 == $1 && $0.sign == $1.sign) && !($0.isNaN && $1.isNaN)
        }
        #expect(differing == 0, "\(type) \(set) mixture \(mixture) addend \(addend != nil) \(infinities)")
      }
    }
  }

  @Test(
    "planes give the bits of channels-last maps, in every mixture of layouts, with an addition and without",
    arguments: settings.filter { $0.channels > 22 })
  func layouts(setting: Setting) throws {
    for infinities in [false, true] {
      try Self.compare(Float.self, setting, infinities: infinities)
      try Self.compare(Double.self, setting, infinities: infinities)
    }
  }

  @Test("these are computed slice by slice, and where one slice is all there is they are not")
  func slicing() {
    for setting in Self.settings {
      let inputs: [Shape?] = Self.inputs(setting, infinities: false).map(\.shape)
      guard case .blocks(1, let takesPlanes) = setting.operation.layout(for: inputs) else {
        Issue.record("\(setting.operation.layout(for: inputs))")
        continue
      }
      #expect(takesPlanes == (setting.channels > 22), "\(setting)")
    }
  }

  @Test("windows too wide to be located in fp32 are not computed slice by slice, and the widest others are")
  func farWindows() throws {
    let limit = 1 << 19
    var setting = Setting(kernel: [1, 1], stride: [limit, limit], pad: [limit, limit], border: .closed)
    func takesPlanes() -> Bool {
      let inputs: [Shape?] = Self.inputs(setting, infinities: false).map(\.shape)
      guard case .blocks(1, let takesPlanes) = setting.operation.layout(for: inputs) else { return false }
      return takesPlanes
    }
    #expect(takesPlanes())
    try Self.compare(Float.self, setting, infinities: false)
    setting.pad = [limit, limit + 1]
    #expect(!takesPlanes())
    setting.pad = [0, 0]
    (setting.kernel, setting.dilation) = ([1, 2], [limit, limit / 2])
    setting.pad = [0, limit / 2]
    #expect(takesPlanes())
    setting.dilation = [limit, limit / 2 + 1]
    #expect(!takesPlanes())
  }
}
