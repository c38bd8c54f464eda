import Architectures
import Bytes
import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("Recognition")
struct RecognitionTests {
  static let recorded = [
    "deeplab_cityscapes", "deform_conv", "deform_psroi", "fpn_coco", "fpn_dcn_coco", "rcnn_coco", "rfcn_coco",
    "rfcn_coco_cxx", "rfcn_dcn_coco", "rfcn_dcn_coco_cxx",
  ]

  @Test(
    "a checkpoint without a graph is called by its name, though narrower and with other classes",
    .enabled(if: Repository.golden != nil), arguments: recorded)
  func recordedCheckpoint(name: String) throws {
    let shapes = try Self.shapes(ofRecorded: name)
    let recognition = try #require(Recognition.best(for: shapes))
    let python = name.replacing("_cxx", with: "")
    #expect(recognition.name == python)
    #expect(recognition.confidence == 1)
    #expect(recognition.isSufficient)
    #expect(recognition.unmatched.isEmpty)
    let hasCXX = ReleasedNetwork(named: python + "_cxx") != nil
    #expect(recognition.alternatives == (hasCXX ? [python + "_cxx"] : []))
  }

  @Test(
    "the graph for a recorded checkpoint equals its symbol, but for settings that weights do not show",
    .enabled(if: Repository.golden != nil), arguments: recorded)
  func recordedGraph(name: String) throws {
    let network = try #require(ReleasedNetwork(named: name))
    let recognition = try #require(Recognition.best(for: try Self.shapes(ofRecorded: name), among: network))
    let recorded = try RecordedSymbol(Data(contentsOf: Self.folder(name, "-symbol.json")))
    var parameters = recognition.parameters
    if let rois = recorded.nodes.first(where: { $0.name == "rois" && $0.op != "null" }) {
      parameters.proposals.preNMSTopN = try #require(Int(rois.texts["rpn_pre_nms_top_n"] ?? ""))
      parameters.proposals.postNMSTopN = try #require(Int(rois.texts["rpn_post_nms_top_n"] ?? ""))
      parameters.proposals.minSize = try #require(Int(rois.texts["rpn_min_size"] ?? ""))
    }
    let text = try SymbolWriter.text(of: network.graph(parameters), file: "test")
    try expectEqual(try RecordedSymbol(Data(text.utf8)), recorded)
  }

  @Test("the release's own tensors are recognised by their shapes", arguments: ReleasedNetwork.all)
  func released(network: ReleasedNetwork) throws {
    let recognition = try #require(Recognition.best(for: try network.graph().expectedShapes))
    #expect(recognition.name == network.name || recognition.alternatives.contains(network.name))
    #expect(recognition.name == network.name.replacing("_cxx", with: ""))
    #expect(recognition.parameters.sizes == network.parameters.sizes)
    #expect(recognition.unmatched.isEmpty)
    let chosen = try #require(Recognition.best(for: try network.graph().expectedShapes, among: network))
    #expect(chosen.name == network.name)
    #expect(chosen.parameters == network.parameters)
  }

  @Test("a graph that came with the tensors decides between networks that differ in their graph alone")
  func graphDecides() throws {
    for network in ReleasedNetwork.all where network.dataset == .coco {
      let graph = network.graph()
      let recognition = try #require(Recognition.best(for: try graph.expectedShapes, graph: graph))
      #expect(recognition.name == network.name)
      #expect(recognition.alternatives == [])
    }
  }

  @Test("any number of classes and anchors is found", arguments: [5, 37], [9, 12, 15])
  func classesAndAnchors(classes: Int, anchors: Int) throws {
    for name in ["rfcn_coco", "rfcn_dcn_voc", "rcnn_voc", "rcnn_dcn_coco", "fpn_coco", "fpn_dcn_coco"] {
      let network = try #require(ReleasedNetwork(named: name))
      var parameters = network.parameters
      parameters.sizes[.classes] = classes
      parameters.sizes[.anchors] = anchors
      parameters.proposals.scales = (0..<anchors / 3).map { Double(1 << $0) }
      let recognition = try #require(
        Recognition.best(for: try network.graph(parameters).expectedShapes))
      #expect(recognition.network.head == network.head)
      #expect(recognition.network.isDeformable == network.isDeformable)
      #expect(recognition.parameters.sizes == parameters.sizes)
      #expect(recognition.parameters.proposals.anchors == anchors)
      #expect(recognition.confidence == 1)
      #expect(recognition.recipe.classNames.count == classes)
      #expect(recognition.assumptions.contains { $0.hasPrefix("\(classes) classes") })
      let coco = name.hasPrefix("fpn") || anchors != 9
      #expect(recognition.name.hasSuffix(coco ? "coco" : "voc"), "\(name): \(recognition.name)")
    }
  }

  @Test("any widths and deformable groups are found")
  func widths() throws {
    for network in ReleasedNetwork.all {
      var parameters = network.parameters
      for stage in 2...5 {
        parameters.sizes[.inner(stage: stage)] = 6 * stage
        parameters.sizes[.outer(stage: stage)] = 10 * stage
      }
      for (place, size) in [NetworkSize.stem, .proposal, .head, .hidden].enumerated()
      where parameters.sizes[size] != nil {
        parameters.sizes[size] = 11 + place
      }
      if parameters.sizes[.deformableGroups] != nil { parameters.sizes[.deformableGroups] = 3 }
      let shapes = try network.graph(parameters).expectedShapes
      let recognition = try #require(Recognition.best(for: shapes, among: network))
      #expect(recognition.parameters == parameters)
      #expect(recognition.confidence == 1)
    }
  }

  @Test("class names follow the number of classes, whatever network is chosen")
  func classNames() throws {
    let rfcn = try #require(ReleasedNetwork(named: "rfcn_coco_cxx"))
    #expect(rfcn.recipe(classes: 81).classNames.prefix(2) == ["__background__", "person"])
    #expect(rfcn.recipe(classes: 81).classNames.last == "toothbrush")
    #expect(rfcn.recipe(classes: 21).classNames.suffix(2) == ["train", "tvmonitor"])
    #expect(rfcn.recipe(classes: 3).classNames == ["__background__", "class 1", "class 2"])
    let deepLab = try #require(ReleasedNetwork(named: "deeplab_cityscapes"))
    #expect(deepLab.recipe(classes: 19).classNames.first == "road")
    #expect(deepLab.recipe(classes: 2).classNames == ["class 0", "class 1"])
  }

  @Test("a recipe names inputs and outputs that the graph has", arguments: ReleasedNetwork.all)
  func recipe(network: ReleasedNetwork) {
    let graph = network.graph()
    let recipe = network.recipe(classes: network.parameters.sizes[.classes] ?? 0)
    let inputs = Set(graph.variables.filter { graph[$0].tensor == nil }.map { graph[$0].name })
    let outputs = graph.outputs.map { graph[$0].name }
    let fed = [recipe.input.image, recipe.input.imageInfo, recipe.input.regions].compactMap { $0 }
    #expect(inputs.subtracting(fed).subtracting(["softmax_label"]).isEmpty)
    #expect(inputs.isSuperset(of: fed))
    switch recipe.output {
    case .segmentation(let scores): #expect(outputs == [scores])
    case .detections(let detections):
      #expect(outputs.suffix(2) == [detections.scores, detections.deltas])
      #expect(outputs.contains(detections.rois) != inputs.contains(detections.rois))
    }
  }

  private static func folder(_ name: String, _ ending: String) throws -> URL {
    try #require(Repository.golden).appending(path: "networks/\(name)/\(name)\(ending)")
  }

  static func shapes(ofRecorded name: String) throws -> Recognition.TensorShapes {
    let file = try MappedFile(path: folder(name, "-0000.params").path)
    return try MXNetCheckpoint.read(file, ReadRequest(findsCompanions: false)).tensors.mapValues(\.shape)
  }
}
