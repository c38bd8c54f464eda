internal import Operators
internal import Tensors

/// Boxes of every anchor at every place, before the best are chosen.
struct CandidateBoxes {
  /// fp32 `[candidates]`.
  var scores: Wire
  /// Left, top, right, bottom, `[candidates, 4]`, fp32 or fp64.
  var boxes: Wire
  /// Which candidates take part, bool `[candidates]`; nil for all.
  var takesPart: Wire?
}

/// The image of a proposal, from its row of `imageInfo`: fp32 scalars.
struct LoweredImage {
  let height: Wire
  let width: Wire
  let scale: Wire

  /// - Parameter info: `[1, 3]`.
  init(_ info: Wire, _ c: inout ONNXComposer) {
    let numbers = c.reshape(info, [-1])
    (height, width, scale) = (c.pick(numbers, 0, 0), c.pick(numbers, 1, 0), c.pick(numbers, 2, 0))
  }
}

extension ONNXComposer {
  // MARK: Candidates

  /// The foreground's scores, `[H, W, A]`, in whose order candidates are counted.
  ///
  /// - Parameter scores: `[1, 2·A, H, W]`.
  mutating func candidateScores(_ scores: Wire, anchors: Int) -> Wire {
    squeeze(transpose(slice(scores, 1, from: anchors), [0, 2, 3, 1]), [0])
  }

  /// Each of the four numbers of the deltas, `[H, W, A]`.
  ///
  /// - Parameter deltas: `[1, 4·A, H, W]`.
  mutating func candidateDeltas(_ deltas: Wire, anchors: Int) -> [Wire] {
    // [A, 4, H, W]: the map's sizes keep their places.
    let ordered = transpose(reshape(deltas, [anchors, 4, 0, -1]), [1, 2, 3, 0])
    return (0..<4).map { pick(ordered, $0, 0) }
  }

  /// The map's rows or columns in fp32, `[H, 1, 1]` or `[W, 1]`.
  mutating func cells(_ map: Wire, axis: Int) -> Wire {
    unsqueeze(cast(range(size(map, axis)), to: .float32), axis == 2 ? [1, 2] : [1])
  }

  /// Which cells begin in the image, bool `[H, W, 1]`.
  mutating func cellsInside(_ rows: Wire, _ columns: Wire, of image: LoweredImage, stride: Int) -> Wire {
    let step = float(Double(stride))
    let inRows = isLess(rows, floor(divide(image.height, step)))
    return and(inRows, isLess(columns, floor(divide(image.width, step))))
  }

  /// Four numbers for each candidate as one matrix, `[H·W·A, 4]`.
  mutating func boxMatrix(_ numbers: [Wire]) -> Wire {
    let columns = numbers.map { reshape($0, [-1, 1]) }
    return join(columns, 1)
  }

  // MARK: Selection

  /// The regions that are given out, `[postNMSTopN, 5]`, and where wanted their scores, `[postNMSTopN, 1]`.
  ///
  /// `TopK` breaks ties by the first place, which is a stable sort. `NonMaxSuppression` takes the sides without +1, so
  /// that corners of the far sides move by one; its scores are ranks, which leave no tie and let candidates of any
  /// score take part. Where fewer regions are left, they repeat in turn; without any all numbers are 0.
  ///
  /// - Parameter prefersLast: whether the last of equal scores is the best.
  /// - Throws: `OperatorError` where the threshold is negative.
  mutating func selectRegions(
    _ candidates: CandidateBoxes, _ selection: ProposalSelection, prefersLast: Bool
  ) throws(OperatorError) -> [Wire] {
    guard selection.threshold >= 0 else {
      throw .attribute("threshold", found: "\(selection.threshold)", expected: "a number from 0")
    }
    let total = size(candidates.scores, 0)
    let count = selection.preNMSTopN > 0 ? minimum(total, integers([selection.preNMSTopN])) : total
    var keys = candidates.scores
    if let takesPart = candidates.takesPart {
      keys = choose(takesPart, keys, floats([-Float.greatestFiniteMagnitude], []))
    }
    let best = nodes("TopK", [prefersLast ? reverse(keys) : keys, count], ["axis": .integer(0)], outputs: 2)
    let places = prefersLast ? subtract(subtract(total, integers([1])), best[1]) : best[1]
    let boxes = cast(gather(candidates.boxes, places, 0), to: .float32)
    // Ranks from the count down to 1; what takes no part is below the threshold of 0.
    var ranks = cast(subtract(count, range(count)), to: .float32)
    if let takesPart = candidates.takesPart {
      ranks = choose(gather(takesPart, places, 0), ranks, float(-1))
    }
    let kept = node(
      "NonMaxSuppression",
      [
        unsqueeze(add(boxes, floats([0, 0, 1, 1])), [0]), unsqueeze(ranks, [0, 1]),
        integers([selection.postNMSTopN]), floats([min(Float(selection.threshold), 1)]), floats([0]),
      ])
    let rows = repeated(pick(kept, 2, 1), after: count, to: selection.postNMSTopN)
    func chosen(_ table: Wire, width: Int) -> Wire {
      // A row of zeros behind the last is what is given out where nothing is left.
      let zeros = floats(Array(repeating: 0, count: width), [1, width])
      return gather(join([table, zeros], 0), rows, 0)
    }
    let images = floats(Array(repeating: 0, count: selection.postNMSTopN), [selection.postNMSTopN, 1])
    let regions = join([images, chosen(boxes, width: 4)], 1)
    guard selection.hasScores else { return [regions] }
    return [regions, chosen(reshape(gather(candidates.scores, places, 0), [-1, 1]), width: 1)]
  }

  /// Places in turn until there are so many; `none` where there is no place.
  private mutating func repeated(_ places: Wire, after none: Wire, to count: Int) -> Wire {
    let given = maximum(size(places, 0), integers([1]))
    let turn = node("Mod", [integers(Array(0..<count)), given])
    return gather(join([places, none], 0), turn, 0)
  }
}
