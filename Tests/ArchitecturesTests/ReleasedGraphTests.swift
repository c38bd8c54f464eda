import Architectures
import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("Released graphs")
struct ReleasedGraphTests {
  @Test(
    "each network equals the symbol JSON that the original's code writes, node by node",
    .enabled(if: Repository.golden != nil), arguments: ReleasedNetwork.all)
  func equalsRecordedSymbol(network: ReleasedNetwork) throws {
    let golden = try #require(Repository.golden)
    let recorded = try RecordedSymbol(
      Data(contentsOf: golden.appending(path: "full/\(network.name)-symbol.json")))
    let text = try SymbolWriter.text(of: network.graph(), file: "test")
    let built = try RecordedSymbol(Data(text.utf8))
    try expectEqual(built, recorded)
  }

  @Test("a graph is stored in the order in which MXNet numbers it", arguments: ReleasedNetwork.all)
  func storedInPostOrder(network: ReleasedNetwork) throws {
    let graph = network.graph()
    let nodes = graph.postOrder.compactMap { if case .node(let index) = $0 { index } else { nil } }
    let variables = graph.postOrder.compactMap { if case .variable(let id) = $0 { id } else { nil } }
    #expect(nodes == Array(graph.nodes.indices))
    #expect(variables == graph.variables)
  }

  @Test("nodes, tensors and parameters are as many as the release has", arguments: ReleasedNetwork.all)
  func counts(network: ReleasedNetwork) throws {
    let graph = network.graph()
    let tensors = graph.variables.compactMap { graph[$0].tensor }
    #expect(tensors.filter { $0.hasPrefix("aux:") }.count == 208)
    let released = try #require(Self.released[network.name])
    #expect(graph.postOrder.count == released.nodes)
    #expect(tensors.filter { $0.hasPrefix("arg:") }.count == released.tensors)
    let parameters = try graph.expectedShapes.filter { $0.key.hasPrefix("arg:") }
    #expect(parameters.values.reduce(0) { $0 + $1.count } == released.parameters)
  }

  /// As MXNet 1.9.1 counts and infers them for the symbols that the original's code writes.
  private static let released: [String: (nodes: Int, tensors: Int, parameters: Int)] = [
    "deeplab_cityscapes": (875, 317, 44_637_267),
    "deeplab_dcn_cityscapes": (884, 323, 44_886_153),
    "deeplab_dcn_voc": (884, 323, 44_890_251),
    "deeplab_voc": (875, 317, 44_641_365),
    "deform_conv": (893, 324, 46_303_747),
    "deform_psroi": (892, 322, 45_271_761),
    "fpn_coco": (957, 344, 66_063_591),
    "fpn_dcn_coco": (980, 362, 72_225_751),
    "rcnn_coco": (900, 328, 62_091_549),
    "rcnn_coco_cxx": (900, 328, 62_091_549),
    "rcnn_dcn_coco": (914, 336, 64_316_503),
    "rcnn_dcn_coco_cxx": (914, 336, 64_316_503),
    "rcnn_dcn_voc": (914, 336, 63_999_769),
    "rcnn_voc": (900, 328, 61_774_815),
    "rfcn_coco": (897, 324, 53_824_401),
    "rfcn_coco_cxx": (897, 324, 53_824_401),
    "rfcn_dcn_coco": (914, 334, 63_056_845),
    "rfcn_dcn_coco_cxx": (914, 334, 63_056_845),
    "rfcn_dcn_coco_rois": (901, 328, 58_300_805),
    "rfcn_dcn_voc": (914, 334, 54_007_111),
    "rfcn_voc": (897, 324, 50_801_667),
  ]
}
