/// What a network was trained on; it decides the classes and their names.
package enum Dataset: String, Sendable {
  case coco, voc, cityscapes

  /// Names by class number, as the original's data loaders number them.
  package var classNames: [String] {
    switch self {
    case .coco: [Self.background] + Self.names(Self.cocoNames)
    case .voc: [Self.background] + Self.names(Self.vocNames)
    case .cityscapes: Self.names(Self.cityscapesNames)
    }
  }

  /// Names for this many classes: the dataset's own where they are as many, another's of its kind, or numbers.
  package func classNames(count: Int) -> [String] {
    named(count)?.classNames
      ?? (0..<count).map { $0 == 0 && hasBackground ? Self.background : "class \($0)" }
  }

  /// The dataset that has this many classes, if one has.
  func named(_ count: Int) -> Dataset? {
    [self, .coco, .voc, .cityscapes].first {
      $0.hasBackground == hasBackground && $0.classNames.count == count
    }
  }

  /// Whether class 0 is none of the others.
  private var hasBackground: Bool { self != .cityscapes }

  static let background = "__background__"

  private static func names(_ list: String) -> [String] {
    list.split { $0 == "," || $0 == "\n" }.map { String($0.drop { $0 == " " }) }
  }

  /// In the order of their category numbers.
  private static let cocoNames = """
    person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light
    fire hydrant, stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow
    elephant, bear, zebra, giraffe, backpack, umbrella, handbag, tie, suitcase, frisbee
    skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket, bottle
    wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange
    broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed
    dining table, toilet, tv, laptop, mouse, remote, keyboard, cell phone, microwave, oven
    toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear, hair drier, toothbrush
    """

  private static let vocNames = """
    aeroplane, bicycle, bird, boat, bottle, bus, car, cat, chair, cow
    diningtable, dog, horse, motorbike, person, pottedplant, sheep, sofa, train, tvmonitor
    """

  /// The training numbers of the 19 classes that count.
  private static let cityscapesNames = """
    road, sidewalk, building, wall, fence, pole, traffic light, traffic sign, vegetation, terrain
    sky, person, rider, car, truck, bus, train, motorcycle, bicycle
    """
}
