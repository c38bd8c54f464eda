/// One of the networks of Deformable-ConvNets, under the name of its checkpoint.
package struct ReleasedNetwork: Hashable, Sendable {
  /// What stands on the body.
  package enum Head: Hashable, Sendable {
    case rfcn, fasterRCNN, fpn, deepLab
    /// R-FCN that also yields its convolution offsets, for pictures of them.
    case convolutionDemo
    /// R-FCN of 3×3 parts that also yields its parts' offsets.
    case partDemo
  }

  /// Where regions come from.
  package enum Regions: Hashable, Sendable {
    /// The release's test configuration: an operator in Python.
    case python
    /// MXNet's own operator.
    case cxx
    /// The caller feeds them.
    case given
    /// The network has none.
    case none
  }

  package let name: String
  package let head: Head
  /// Whether stage 5 and the regions' pooling are deformable.
  package let isDeformable: Bool
  package let dataset: Dataset
  package let regions: Regions

  private init(_ name: String, _ head: Head, deformable: Bool, _ dataset: Dataset, _ regions: Regions) {
    self.name = name
    self.head = head
    isDeformable = deformable
    self.dataset = dataset
    self.regions = regions
  }

  /// In order of preference where several fit the same weights.
  package static let all: [ReleasedNetwork] = [
    Self("rfcn_coco", .rfcn, deformable: false, .coco, .python),
    Self("rfcn_dcn_coco", .rfcn, deformable: true, .coco, .python),
    Self("rcnn_coco", .fasterRCNN, deformable: false, .coco, .python),
    Self("rcnn_dcn_coco", .fasterRCNN, deformable: true, .coco, .python),
    Self("fpn_coco", .fpn, deformable: false, .coco, .python),
    Self("fpn_dcn_coco", .fpn, deformable: true, .coco, .python),
    Self("deeplab_cityscapes", .deepLab, deformable: false, .cityscapes, .none),
    Self("deeplab_dcn_cityscapes", .deepLab, deformable: true, .cityscapes, .none),
    Self("deform_conv", .convolutionDemo, deformable: true, .voc, .given),
    Self("deform_psroi", .partDemo, deformable: true, .voc, .given),
    Self("rfcn_voc", .rfcn, deformable: false, .voc, .python),
    Self("rfcn_dcn_voc", .rfcn, deformable: true, .voc, .python),
    Self("rcnn_voc", .fasterRCNN, deformable: false, .voc, .python),
    Self("rcnn_dcn_voc", .fasterRCNN, deformable: true, .voc, .python),
    Self("deeplab_voc", .deepLab, deformable: false, .voc, .none),
    Self("deeplab_dcn_voc", .deepLab, deformable: true, .voc, .none),
    Self("rfcn_coco_cxx", .rfcn, deformable: false, .coco, .cxx),
    Self("rfcn_dcn_coco_cxx", .rfcn, deformable: true, .coco, .cxx),
    Self("rcnn_coco_cxx", .fasterRCNN, deformable: false, .coco, .cxx),
    Self("rcnn_dcn_coco_cxx", .fasterRCNN, deformable: true, .coco, .cxx),
    Self("rfcn_dcn_coco_rois", .rfcn, deformable: true, .coco, .given),
  ]

  /// The network of this name; nil where there is none.
  package init?(named name: String) {
    guard let network = Self.all.first(where: { $0.name == name }) else { return nil }
    self = network
  }
}
