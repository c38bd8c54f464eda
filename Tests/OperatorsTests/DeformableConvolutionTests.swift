import Graphs
import Operators
import Tensors
import TestSupport
import Testing

/// Laws that hold whatever the numbers: on small dyadic ones every order of summation gives the same bits, so
/// equal means equal.
@Suite("Deformable convolution, by its laws")
struct DeformableConvolutionTests {
  struct Setting: Sendable, CustomTestStringConvertible {
    var kernel = 3
    var stride = 1
    var pad = 1
    var dilation = 1
    var groups = 1
    var deformableGroups = 1
    var hasMask = false
    var border = DeformableConvolution.Border.closed

    var testDescription: String {
      "k\(kernel) s\(stride) p\(pad) d\(dilation) g\(groups) dg\(deformableGroups) \(border)\(hasMask ? " mask" : "")"
    }

    var geometry: ConvolutionGeometry {
      ConvolutionGeometry(
        kernel: [kernel, kernel], stride: [stride, stride], dilation: [dilation, dilation],
        padBegin: [pad, pad], padEnd: [pad, pad])
    }

    var operation: DeformableConvolution {
      DeformableConvolution(
        geometry: geometry, groups: groups, deformableGroups: deformableGroups, filters: 8, hasBias: false,
        hasMask: hasMask, border: border)
    }
  }

  static let settings: [Setting] = {
    var settings: [Setting] = []
    for border in [DeformableConvolution.Border.closed, .zero] {
      for hasMask in [false, true] {
        settings += [
          Setting(hasMask: hasMask, border: border),
          Setting(stride: 2, pad: 2, dilation: 2, hasMask: hasMask, border: border),
          Setting(groups: 2, deformableGroups: 4, hasMask: hasMask, border: border),
          Setting(groups: 4, deformableGroups: 2, hasMask: hasMask, border: border),
          Setting(kernel: 1, deformableGroups: 8, hasMask: hasMask, border: border),
          Setting(kernel: 5, pad: 3, groups: 8, hasMask: hasMask, border: border),
        ]
      }
    }
    return settings
  }()

  /// Small dyadic numbers, and offsets on a grid of eighths, or whole ones.
  struct Case {
    let setting: Setting
    var data: Tensor
    var offset: Tensor
    var mask: Tensor?
    var weight: Tensor

    init(_ setting: Setting, height: Int = 6, width: Int = 7, offsets: (inout SeededGenerator) -> Float) {
      var random = SeededGenerator(seed: 5)
      func tensor(_ shape: Shape, _ value: (inout SeededGenerator) -> Float) -> Tensor {
        Tensor((0..<shape.count).map { _ in value(&random) }, shape: shape)
      }
      let whole: (inout SeededGenerator) -> Float = { Float(Int.random(in: -4...4, using: &$0)) }
      self.setting = setting
      let extent = setting.dilation * (setting.kernel - 1) + 1
      let (oh, ow) = (
        (height + 2 * setting.pad - extent) / setting.stride + 1,
        (width + 2 * setting.pad - extent) / setting.stride + 1
      )
      let taps = setting.deformableGroups * setting.kernel * setting.kernel
      data = tensor([2, 8, height, width], whole)
      offset = tensor([2, 2 * taps, oh, ow], offsets)
      mask =
        setting.hasMask
        ? tensor([2, taps, oh, ow]) { Float(Int.random(in: 0...4, using: &$0)) / 4 } : nil
      weight = tensor([8, 8 / setting.groups, setting.kernel, setting.kernel], whole)
    }

    static func eighths(_ random: inout SeededGenerator) -> Float {
      Float(Int.random(in: -24...24, using: &random)) / 8
    }

    var inputs: [Tensor?] { [data, offset] + (mask.map { [$0] } ?? []) + [weight] }

    /// What every instruction set gives: sums without rounding are the same bits on all.
    func result(_ operation: DeformableConvolution? = nil) throws -> [Float] {
      let results = try InstructionSet.available.map { set in
        try (operation ?? setting.operation).evaluate(
          inputs, as: Float.self, in: EvaluationContext(kernels: set.kernels, threads: Threads(2)))[0]
          .elements(as: Float.self)
      }
      #expect(results.allSatisfy { $0 == results[0] })
      return results[0]
    }
  }

  @Test("without displacement it is a convolution", arguments: settings.filter { !$0.hasMask })
  func zeroOffsets(setting: Setting) throws {
    let sample = Case(setting) { _ in 0 }
    let plain = Convolution(
      geometry: setting.geometry, groups: setting.groups, filters: 8, hasBias: false)
    let expected = try plain.evaluate([sample.data, sample.weight], as: Float.self)[0]
    #expect(try sample.result() == expected.elements(as: Float.self))
  }

  @Test("whole displacements are another padding", arguments: settings.filter { !$0.hasMask && $0.pad >= 1 })
  func wholeOffsets(setting: Setting) throws {
    // Every tap reads one row below and one column to the left.
    var sample = Case(setting) { _ in 0 }
    let plane = sample.offset.shape[2] * sample.offset.shape[3]
    sample.offset = Tensor(
      (0..<sample.offset.shape.count).map { $0 / plane % 2 == 0 ? 1 : -1 }, shape: sample.offset.shape)
    var geometry = setting.geometry
    geometry.padBegin = [setting.pad - 1, setting.pad + 1]
    geometry.padEnd = [setting.pad + 1, setting.pad - 1]
    let plain = Convolution(geometry: geometry, groups: setting.groups, filters: 8, hasBias: false)
    let expected = try plain.evaluate([sample.data, sample.weight], as: Float.self)[0]
    #expect(try sample.result() == expected.elements(as: Float.self))
  }

  @Test("permuting the batch permutes the result", arguments: settings)
  func batch(setting: Setting) throws {
    let sample = Case(setting, offsets: Case.eighths)
    var swapped = sample
    swapped.data = sample.data.swappingHalves()
    swapped.offset = sample.offset.swappingHalves()
    swapped.mask = sample.mask?.swappingHalves()
    let (a, b) = (try sample.result(), try swapped.result())
    #expect(Array(a[(a.count / 2)...] + a[..<(a.count / 2)]) == b)
  }

  @Test("permuting filters permutes the result's channels", arguments: settings.filter { $0.groups == 1 })
  func filters(setting: Setting) throws {
    let sample = Case(setting, offsets: Case.eighths)
    var swapped = sample
    swapped.weight = sample.weight.swappingHalves()
    let (a, b) = (try sample.result(), try swapped.result())
    let half = a.count / 4
    #expect(Array(a[half..<(2 * half)] + a[..<half]) == Array(b[..<(2 * half)]))
  }

  @Test("groups are convolutions side by side", arguments: settings.filter { $0.deformableGroups == 1 })
  func groups(setting: Setting) throws {
    let sample = Case(setting, offsets: Case.eighths)
    let whole = try sample.result()
    let plane = sample.offset.shape[2] * sample.offset.shape[3]
    let size = 8 / setting.groups
    for group in 0..<setting.groups {
      var operation = setting.operation
      operation.groups = 1
      operation.filters = size
      var part = sample
      part.data = sample.data.channels(group * size..<(group + 1) * size)
      part.weight = sample.weight.rows(group * size..<(group + 1) * size)
      let found = try part.result(operation)
      for image in 0..<2 {
        let from = (image * 8 + group * size) * plane
        #expect(
          Array(whole[from..<from + size * plane])
            == Array(found[image * size * plane..<(image + 1) * size * plane]))
      }
    }
  }

  @Test(
    "the zero border is the closed one of a map with a rim of zeros",
    arguments: settings.filter { $0.border == .zero && $0.pad >= 1 })
  func zeroThroughClosed(setting: Setting) throws {
    let sample = Case(setting, offsets: Case.eighths)
    var operation = setting.operation
    operation.border = .closed
    operation.geometry.padBegin = [setting.pad - 1, setting.pad - 1]
    operation.geometry.padEnd = operation.geometry.padBegin
    var padded = sample
    padded.data = sample.data.padded(before: 1, behind: 1) { _ in nil }
    #expect(try sample.result() == padded.result(operation))
  }

  @Test(
    "the closed border is the zero one of a map with its last row and column repeated, behind a mask",
    arguments: settings.filter { $0.border == .closed && $0.pad >= 1 })
  func closedThroughZero(setting: Setting) throws {
    let sample = Case(setting, offsets: Case.eighths)
    var operation = setting.operation
    operation.border = .zero
    operation.hasMask = true
    operation.geometry.padEnd = [setting.pad - 1, setting.pad - 1]
    var rewritten = sample
    rewritten.data = sample.data.padded(before: 0, behind: 1) { $0 }
    let inside = sample.isInside()
    rewritten.mask = Tensor(
      zip(inside, sample.mask?.elements(as: Float.self) ?? inside.map { _ in 1 }).map { $0 ? $1 : 0 },
      shape: [2, sample.offset.shape[1] / 2, sample.offset.shape[2], sample.offset.shape[3]])
    #expect(try sample.result() == rewritten.result(operation))
  }

  @Test("samples that are not numbers, or infinitely far, count as zero", arguments: settings.prefix(12))
  func notNumbers(setting: Setting) throws {
    for value in [Float.nan, .infinity, -.infinity, 1e38, -1e38] {
      #expect(try Case(setting) { _ in value }.result().allSatisfy { $0 == 0 })
    }
  }

  @Test("a map of one pixel", arguments: settings.filter { $0.stride == 1 && $0.pad > 0 })
  func onePixel(setting: Setting) throws {
    guard 2 * setting.pad >= setting.dilation * (setting.kernel - 1) else { return }
    let sample = Case(setting, height: 1, width: 1, offsets: Case.eighths)
    let result = try sample.operation64()
    #expect(try sample.result().map(Double.init) == result)
  }
}

extension DeformableConvolutionTests.Case {
  /// The same in fp64.
  func operation64() throws -> [Double] {
    try setting.operation.evaluate(inputs, as: Double.self)[0].elements(as: Double.self)
  }

  /// Whether each sample is inside under the closed rule, shaped as the mask.
  func isInside() -> [Bool] {
    let values = offset.elements(as: Float.self)
    let (oh, ow) = (offset.shape[2], offset.shape[3])
    let taps = offset.shape[1] / 2
    var inside: [Bool] = []
    for image in 0..<2 {
      for tap in 0..<taps {
        let t = tap % (setting.kernel * setting.kernel)
        for y in 0..<oh {
          for x in 0..<ow {
            func position(_ axis: Int, _ out: Int, _ step: Int) -> Float {
              let place = ((image * 2 * taps + 2 * tap + axis) * oh + y) * ow + x
              return Float(out * setting.stride - setting.pad + step * setting.dilation) + values[place]
            }
            let (py, px) = (position(0, y, t / setting.kernel), position(1, x, t % setting.kernel))
            inside.append(py >= 0 && py < Float(data.shape[2]) && px >= 0 && px < Float(data.shape[3]))
          }
        }
      }
    }
    return inside
  }
}

extension Tensor {
  /// The first axis with its halves exchanged.
  fileprivate func swappingHalves() -> Tensor {
    let all = elements(as: Float.self)
    return Tensor(Array(all[(all.count / 2)...] + all[..<(all.count / 2)]), shape: shape)
  }

  fileprivate func rows(_ range: Range<Int>) -> Tensor {
    let size = shape.count / shape[0]
    return Tensor(
      Array(elements(as: Float.self)[range.lowerBound * size..<range.upperBound * size]),
      shape: Shape([range.count] + shape.dimensions.dropFirst()))
  }

  /// Some channels of `[N, C, H, W]`.
  fileprivate func channels(_ range: Range<Int>) -> Tensor {
    let plane = shape[2] * shape[3]
    let all = elements(as: Float.self)
    let parts = (0..<shape[0]).flatMap { image in
      all[(image * shape[1] + range.lowerBound) * plane..<(image * shape[1] + range.upperBound) * plane]
    }
    return Tensor(parts, shape: [shape[0], range.count, shape[2], shape[3]])
  }

  /// The map with a rim; `edge` maps the value that would be repeated to the rim's, nil to zeros.
  fileprivate func padded(before: Int, behind: Int, edge: (Float) -> Float?) -> Tensor {
    let (h, w) = (shape[2], shape[3])
    let all = elements(as: Float.self)
    var result: [Float] = []
    for plane in 0..<(shape[0] * shape[1]) {
      for y in -before..<(h + behind) {
        for x in -before..<(w + behind) {
          let value = all[(plane * h + min(max(y, 0), h - 1)) * w + min(max(x, 0), w - 1)]
          let isInside = y >= 0 && y < h && x >= 0 && x < w
          result.append(isInside ? value : edge(value) ?? 0)
        }
      }
    }
    return Tensor(result, shape: [shape[0], shape[1], h + before + behind, w + before + behind])
  }
}
