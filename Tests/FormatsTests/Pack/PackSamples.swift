import Bytes
import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport

/// Models that hold all that a pack can.
enum PackSamples {
  /// A tensor whose bytes count up from a seed, so that no two are alike.
  static func tensor(_ type: ElementType, _ shape: Shape, seed: Int = 1) -> Tensor {
    Tensor(type, shape) { bytes in
      for index in 0..<bytes.byteCount {
        bytes.storeBytes(
          of: UInt8(truncatingIfNeeded: seed &* 31 &+ index), toByteOffset: index, as: UInt8.self)
      }
    }
  }

  static var tensors: OrderedDictionary<String, Tensor> {
    var tensors: OrderedDictionary<String, Tensor> = [
      "arg:w": tensor(.float32, [8, 3, 3, 3]), "arg:b": tensor(.float32, [8], seed: 2),
      "scalar": tensor(.float64, []), "empty": tensor(.float32, [0]),
      "hollow": tensor(.int32, [4, 0, 2]), "": tensor(.uint8, [3]), "nul\0in": tensor(.uint8, [1]),
      "ключ": tensor(.uint8, [65]),
    ]
    for (seed, type) in ElementType.allCases.enumerated() {
      tensors["type \(type.rawValue)"] = tensor(type, [3, 5], seed: seed)
    }
    tensors["type last, and empty"] = tensor(.float32, [2, 0])
    return tensors
  }

  static let notANumber = Double(bitPattern: 0x7FF4_0000_DEAD_BEEF)

  static var graph: Graph {
    var graph = Graph()
    let data = graph.addVariable("data", type: ValueType(.float32, PartialShape([1, 3, nil, nil])))
    let weight = graph.addVariable("w", tensor: "arg:w", type: ValueType(nil, PartialShape([8, 3, 3, 3])))
    let convolution = Convolution(
      geometry: ConvolutionGeometry(
        kernel: [3, 3], stride: [1, 1], dilation: [1, 1], padBegin: [1, 1], padEnd: [1, 1]),
      filters: 8, hasBias: true)
    let spelling = SourceSpelling(op: "Convolution", attributes: ["kernel": .text("(3L, 3L)")])
    let bias = graph.addVariable("b", tensor: "arg:b", type: ValueType(.float32, .unknown))
    let first = graph.addNode(
      "conv", convolution, inputs: [data, weight, bias], outputNames: ["conv_output"], source: spelling)
    let opaque = OpaqueOperation(
      name: "Mystery",
      attributes: [
        "z": .number(notANumber), "a": .number(-0.0), "list": .list([.integer(-1), .integer(.max)]),
        "mixed": .list([.integer(0), .text("x\0y"), .boolean(false), .list([.list([])])]),
        "numbers": .list([.number(.infinity), .number(0)]), "none": .list([]), "flag": .boolean(false),
        "text": .text(""), "held": .tensor("scalar"), "least": .integer(.min),
      ], outputCount: 2)
    let second = graph.addNode(
      "mystery", opaque, inputs: [first[0], nil, data], outputNames: ["m0", "m1"],
      source: SourceSpelling(op: "domain::Mystery", attributes: [:]))
    graph.addNode(
      "sink", OpaqueOperation(name: "Sink", attributes: [:], outputCount: 0), inputs: second, outputNames: [])
    let late = graph.addVariable("late")
    let third = graph.addNode(
      "conv", convolution, inputs: [late, weight, bias], outputNames: ["conv_output"], source: spelling)
    graph.declare(third[0], ValueType(.float32, .unknown))
    graph.addVariable("unused", type: ValueType(.int8, PartialShape([])))
    graph.setOutputs([second[1], third[0], second[1]])
    return graph
  }

  static var recipe: NetworkRecipe {
    NetworkRecipe(
      input: NetworkRecipe.ImageInput(
        image: "data", imageInfo: "im_info", shortSide: 600, longSide: 1000, stride: 0,
        meansRGB: [123.15, 115.9, 103.06]),
      output: .detections(
        NetworkRecipe.Detections(
          rois: "rois", scores: "scores", deltas: "deltas", isClassAgnostic: true, scoreThreshold: 1e-3,
          suppression: .greedy(threshold: 0.3), maximumCount: 100)),
      classNames: ["__background__", "person", ""])
  }

  static let digest = String(repeating: "0123456789abcdef", count: 4)

  static var provenance: Provenance {
    Provenance(
      sources: [
        Provenance.Source(
          name: "a-0000.params", byteCount: 1234, sha256: digest, format: "MXNet NDArray list V0"),
        Provenance.Source(name: "a-symbol.json", byteCount: 0, sha256: digest, format: "MXNet symbol JSON"),
      ],
      replacements: [
        Provenance.Replacement(tensor: "arg:b", sha256: digest, by: "arg:b_test", rule: "test-weights")
      ], framework: "MXNet 1.9.1", metadata: ["b": "2", "a": "1", "c": ""])
  }

  /// Everything at once.
  static var model: Model {
    Model(
      graph: graph, tensors: tensors,
      network: NetworkIdentity(name: "rfcn_coco", confidence: 0.97, alternatives: ["rfcn_coco_cxx", "b"]),
      recipe: recipe, provenance: provenance,
      unknownSections: ["zeta": [1, 2, 0], "alpha": []])
  }

  /// A little of everything, for tests that open the pack once for each of its bytes.
  static var small: Model {
    var small = model
    small.tensors = small.tensors.filter { ["arg:w", "arg:b", "scalar", "empty"].contains($0.key) }
    small.tensors["arg:w"] = tensor(.float16, [2, 3])
    small.recipe?.classNames = []
    return small
  }

  /// Weights alone.
  static var weights: Model {
    Model(tensors: ["b": tensor(.float32, [2, 3]), "a": tensor(.float16, [5])], provenance: Provenance())
  }

  /// The segmentation network's kind of recipe, and soft suppression.
  static var otherRecipes: [NetworkRecipe] {
    var segmentation = recipe
    segmentation.output = .segmentation(scores: "softmax_output")
    segmentation.input.imageInfo = nil
    var soft = recipe
    guard case .detections(var detections) = soft.output else { return [] }
    detections.suppression = .gaussian(sigma: 0)
    soft.output = .detections(detections)
    soft.input.regions = "rois"
    soft.input.meansRGB = []
    return [segmentation, soft]
  }
}

extension PackWriter {
  /// Writes as tests do: with two threads, and nothing flushed.
  @discardableResult
  static func write(_ model: Model, to path: String) throws -> PackSummary {
    try write(model, to: path, PackOptions(isDurable: false, replaces: true, threads: Threads(2)))
  }
}

func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

extension Tensor {
  var byteArray: [UInt8] { bytes.withUnsafeBytes { Array($0) } }
}
