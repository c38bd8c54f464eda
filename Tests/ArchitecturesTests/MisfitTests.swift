import Architectures
import Graphs
import OrderedCollections
import Tensors
import Testing

@Suite("Tensors that do not fit")
struct MisfitTests {
  static func shapes(_ name: String) throws -> Recognition.TensorShapes {
    try #require(ReleasedNetwork(named: name)).graph().expectedShapes
  }

  @Test("a missing tensor is named with the shape that the network needs")
  func missing() throws {
    var shapes = try Self.shapes("rfcn_dcn_coco")
    shapes["arg:rfcn_cls_bias"] = nil
    let recognition = try #require(Recognition.best(for: shapes))
    #expect(recognition.name == "rfcn_dcn_coco")
    #expect(recognition.unmatched == [.missing(tensor: "arg:rfcn_cls_bias", expected: PartialShape([3969]))])
    #expect(recognition.confidence == 541.0 / 542)
    #expect(recognition.isSufficient)
    #expect(recognition.unmatched.first?.description == "arg:rfcn_cls_bias: missing, expected [3969]")
  }

  @Test("a tensor of another shape is named with both shapes, and does not change what the others show")
  func wrongShape() throws {
    var shapes = try Self.shapes("rcnn_coco")
    shapes["arg:conv1_weight"] = [32, 3, 7, 7]
    shapes["aux:bn5c_branch2c_moving_var"] = [2047]
    shapes["arg:rpn_bbox_pred_weight"] = [36, 512, 1, 1]
    let recognition = try #require(Recognition.best(for: shapes))
    #expect(recognition.name == "rcnn_coco")
    #expect(
      Set(recognition.unmatched) == [
        .shape(
          tensor: "arg:conv1_weight", found: [32, 3, 7, 7], expected: PartialShape([64, 3, 7, 7])),
        .shape(
          tensor: "aux:bn5c_branch2c_moving_var", found: [2047], expected: PartialShape([2048])),
        .shape(
          tensor: "arg:rpn_bbox_pred_weight", found: [36, 512, 1, 1],
          expected: PartialShape([48, 512, 1, 1])),
      ])
  }

  @Test("a tensor that the network has no place for is named")
  func unused() throws {
    var shapes = try Self.shapes("fpn_dcn_coco")
    shapes["arg:momentum"] = [3]
    let recognition = try #require(Recognition.best(for: shapes))
    #expect(recognition.name == "fpn_dcn_coco")
    #expect(recognition.unmatched == [.unused(tensor: "arg:momentum", found: [3])])
  }

  @Test("a misnamed tensor is missing under one name and has no place under the other")
  func misnamed() throws {
    var shapes = try Self.shapes("deeplab_dcn_voc")
    shapes["arg:Score_weight"] = shapes.removeValue(forKey: "arg:score_weight")
    let recognition = try #require(Recognition.best(for: shapes))
    #expect(recognition.name == "deeplab_dcn_voc")
    #expect(Set(recognition.unmatched.map(\.tensor)) == ["arg:score_weight", "arg:Score_weight"])
  }

  @Test("weights for testing take the place of those of training, and must have their shape")
  func testWeights() throws {
    var shapes = try Self.shapes("rcnn_dcn_coco")
    #expect(try #require(Recognition.best(for: shapes)).assumptions.contains { $0.contains("_test") })
    shapes["arg:bbox_pred_weight_test"] = [324, 1024]
    shapes["arg:bbox_pred_bias_test"] = [8]
    let recognition = try #require(Recognition.best(for: shapes))
    #expect(
      recognition.unmatched == [
        .shape(tensor: "arg:bbox_pred_bias_test", found: [8], expected: PartialShape([324]))
      ])
    #expect(recognition.assumptions.isEmpty)
    shapes["arg:bbox_pred_weight"] = nil
    #expect(try #require(Recognition.best(for: shapes)).unmatched.count == 1)
  }

  @Test("names without MXNet's prefixes fit as well, as they are bound as well")
  func bareNames() throws {
    let shapes = try Self.shapes("rfcn_voc")
    let bare = Recognition.TensorShapes(
      uniqueKeysWithValues: shapes.map { (String($0.key.dropFirst(4)), $0.value) })
    let recognition = try #require(Recognition.best(for: bare))
    #expect(recognition.name == "rfcn_voc")
    #expect(recognition.confidence == 1)
  }

  @Test("the ResNet body alone is no network, nor is the classifier that it comes from")
  func body() throws {
    let shapes = try Self.shapes("deeplab_cityscapes")
    let body = shapes.filter { shape in
      !["fc6", "score", "upsampling"].contains { shape.key.contains($0) }
    }
    #expect(body.count == 520)
    #expect(try #require(Recognition.best(for: body)).isSufficient == false)
    var classifier = body
    classifier["arg:fc1000_weight"] = [1000, 2048]
    classifier["arg:fc1000_bias"] = [1000]
    #expect(try #require(Recognition.best(for: classifier)).isSufficient == false)
  }

  @Test("a list of tensors cut short is not called by a name", arguments: [0.05, 0.5, 0.85])
  func truncated(share: Double) throws {
    for name in Self.structures {
      let shapes = try Self.shapes(name)
      let first = Recognition.TensorShapes(
        uniqueKeysWithValues: shapes.prefix(Int(Double(shapes.count) * share)).map { ($0.key, $0.value) })
      let recognition = try #require(Recognition.best(for: first))
      #expect(!recognition.isSufficient, "\(name): \(recognition.explanation)")
    }
  }

  @Test("no network takes another structure's tensors for its own", arguments: structures)
  func confusions(name: String) throws {
    let shapes = try Self.shapes(name)
    for other in Self.structures {
      let network: ReleasedNetwork = try #require(ReleasedNetwork(named: other))
      let recognition = try #require(Recognition.best(for: shapes, among: network))
      #expect((recognition.confidence == 1) == (other == name), "\(other)")
    }
  }

  /// One network of each set of tensor names.
  static let structures = [
    "rfcn_coco", "rfcn_dcn_coco", "rfcn_dcn_coco_rois", "rcnn_coco", "rcnn_dcn_coco", "fpn_coco",
    "fpn_dcn_coco", "deeplab_cityscapes", "deeplab_dcn_cityscapes", "deform_conv", "deform_psroi",
  ]

  @Test("shapes that no network has are told, not trusted")
  func hostileShapes() throws {
    #expect(Recognition.best(for: [:])?.isSufficient == false)
    let shapes = try Self.shapes("rfcn_dcn_coco")
    for dimension in [0, 1, 1 << 40, 1 << 20] {
      for rank in [0, 1, 4] {
        let hostile = shapes.mapValues { _ in Shape([dimension] + Array(repeating: 1, count: 3)) }
        let cut = hostile.mapValues { Shape(Array($0.dimensions.prefix(rank))) }
        #expect(Recognition.best(for: cut)?.isSufficient != true)
      }
    }
    var groups = shapes
    for unit in ["a", "b", "c"] {
      groups["arg:res5\(unit)_branch2b_offset_weight"] = [54, 512, 3, 3]
      groups["arg:res5\(unit)_branch2b_offset_bias"] = [54]
    }
    // 512 channels are no three groups.
    let recognition = try #require(Recognition.best(for: groups))
    #expect(!recognition.unmatched.isEmpty)
  }
}
