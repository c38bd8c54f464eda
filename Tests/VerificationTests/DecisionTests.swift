import Operators
import Tensors
import TestSupport
import Testing
import Verification

/// A proposal layer, and what a producer that decides otherwise records of it.
private struct ProposalLayer {
  var operation: any Operator
  var inputs: [Tensor]

  /// Random scores and deltas of a map of 10 × 14 cells.
  init(python: Bool, minSize: Int = 16, threshold: Double = 0.7, seed: UInt64 = 7) {
    let selection = ProposalSelection(
      scales: [2, 4, 8], ratios: [0.5, 1, 2], preNMSTopN: 600, postNMSTopN: 60, threshold: threshold,
      minSize: minSize, hasScores: true)
    operation =
      python
      ? PyramidProposal(strides: [16], selection: selection) : Proposal(stride: 16, selection: selection)
    var random = SeededGenerator(seed: seed)
    func uniform(_ shape: Shape, _ range: ClosedRange<Float>) -> Tensor {
      Tensor((0..<shape.count).map { _ in Float.random(in: range, using: &random) }, shape: shape)
    }
    inputs = [
      uniform([1, 18, 10, 14], 0...1), uniform([1, 36, 10, 14], -0.4...0.4),
      Tensor([Float(160), 224, 1.5], shape: [1, 3]),
    ]
  }

  func rows(_ alter: (inout ProposalSelection) -> Void = { _ in }) throws -> (rois: [Float], scores: [Float])
  {
    let outputs = try altered(alter).evaluate(inputs, as: Float.self)
    return (outputs[0].elements(as: Float.self), outputs[1].elements(as: Float.self))
  }

  private func altered(_ alter: (inout ProposalSelection) -> Void) -> any Operator {
    if var proposal = operation as? Proposal {
      alter(&proposal.selection)
      return proposal
    }
    guard var proposal = operation as? PyramidProposal else { return operation }
    alter(&proposal.selection)
    return proposal
  }

  /// Rows by falling score, none suppressed.
  private func sorted() throws -> (rois: [Float], scores: [Float]) {
    try rows {
      $0.threshold = 1
      $0.postNMSTopN = 600
    }
  }

  private static func overlap(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>, extra: Double) -> Double {
    let (a, b) = (a.map(Double.init), b.map(Double.init))
    func area(_ box: [Double]) -> Double { (box[3] - box[1] + extra) * (box[4] - box[2] + extra) }
    let width = max(0, min(a[3], b[3]) - max(a[1], b[1]) + extra)
    let height = max(0, min(a[4], b[4]) - max(a[2], b[2]) + extra)
    return width * height / (area(a) + area(b) - width * height)
  }

  /// What a suppression of the tests' own keeps, repeated in turn.
  func suppressed(extra: Double) throws -> (rois: [Float], scores: [Float]) {
    guard let selection = (operation as? Proposal)?.selection ?? (operation as? PyramidProposal)?.selection
    else { throw PlantedFaultError() }
    let (rois, scores) = try sorted()
    var kept: [Int] = []
    for row in scores.indices where kept.count < selection.postNMSTopN {
      let box = rois[5 * row..<5 * row + 5]
      if !kept.contains(where: {
        Self.overlap(rois[5 * $0..<5 * $0 + 5], box, extra: extra) > selection.threshold
      }) {
        kept.append(row)
      }
    }
    let places = (0..<selection.postNMSTopN).map { kept[$0 % kept.count] }
    return (places.flatMap { rois[5 * $0..<5 * $0 + 5] }, places.map { scores[$0] })
  }

  /// The largest overlap of the best box with another of the first ones that overlaps no better one more; nil where
  /// there is none.
  func overlapOfTheBest() throws -> Double? {
    let rois = try sorted().rois
    func overlap(_ a: Int, _ b: Int) -> Double {
      Self.overlap(rois[5 * a..<5 * a + 5], rois[5 * b..<5 * b + 5], extra: 1)
    }
    return (1..<70).filter { row in
      let own = overlap(0, row)
      return own > 0.2 && (1..<row).allSatisfy { overlap($0, row) < own }
    }.map { overlap(0, $0) }.max()
  }

  func judged(_ rois: [Float], _ scores: [Float]? = nil) throws -> LayerReport {
    let layer = PlantedLayer(name: "proposal", operation: operation, inputs: inputs)
    return try layer.judged(
      [Tensor(rois, shape: [rois.count / 5, 5])] + (scores.map { [Tensor($0, shape: [$0.count, 1])] } ?? []))[
        0]
  }
}

@Suite("Decisions")
struct DecisionTests {
  @Test(
    "an honest run passes with its closest decision, also by an order of its own", arguments: [false, true])
  func honest(python: Bool) throws {
    for seed in UInt64(1)..<6 {
      let layer = ProposalLayer(python: python, seed: seed)
      let (rois, scores) = try layer.rows()
      for report in [try layer.judged(rois, scores), try layer.judged(rois)] {
        #expect(report.verdict <= .rounding, "\(report.reason)")
        let decisions = try #require(report.decisions)
        #expect(decisions.count > 60 && decisions.differing == 0 && decisions.differingRows == 0)
        #expect(!decisions.closest.isEmpty && (decisions.margin ?? 0) > 0)
      }
    }
  }

  @Test("rows in another order, dropped, moved or scored otherwise are mismatches", arguments: [false, true])
  func rows(python: Bool) throws {
    let layer = ProposalLayer(python: python)
    let (rois, scores) = try layer.rows()
    func swapped(_ values: [Float], _ width: Int) -> [Float] {
      let rows = (0..<60).map { $0 == 20 ? 21 : $0 == 21 ? 20 : $0 }
      return rows.flatMap { values[$0 * width..<($0 + 1) * width] }
    }
    func dropped(_ values: [Float], _ width: Int) -> [Float] {
      let rows = (0..<60).map { $0 < 20 ? $0 : min($0 + 1, 59) }
      return rows.flatMap { values[$0 * width..<($0 + 1) * width] }
    }
    let order = try layer.judged(swapped(rois, 5), swapped(scores, 1))
    #expect(order.verdict == .mismatch)
    #expect(
      order.reason.contains("row 21") && order.reason.contains("stands behind row 20"), "\(order.reason)")
    let gap = try layer.judged(dropped(rois, 5), dropped(scores, 1))
    #expect(gap.verdict == .mismatch)
    #expect(gap.reason.contains("is missing") || gap.reason.contains("goes, which overlaps"), "\(gap.reason)")
    var moved = rois
    moved[5 * 20 + 1] += 0.01
    let shift = try layer.judged(moved, scores)
    #expect(shift.verdict == .mismatch)
    #expect(shift.reason.contains("row 20 is no box"), "\(shift.reason)")
    var rescored = scores
    rescored[20] = rescored[20].nextUp
    let score = try layer.judged(rois, rescored)
    #expect(score.verdict == .mismatch && score.reason.contains("row 20 has the score"), "\(score.reason)")
    var wrongImage = rois
    wrongImage[5 * 20] = 1
    #expect(try layer.judged(wrongImage, scores).verdict == .mismatch)
  }

  @Test("corners a few roundings off are rounding, and in half precision another matter")
  func corners() throws {
    let layer = ProposalLayer(python: false)
    let (rois, scores) = try layer.rows()
    let nudged = rois.enumerated().map { $0 % 5 == 0 || $1 == 0 || $1 == 223 || $1 == 159 ? $1 : $1.nextUp }
    #expect(try layer.judged(nudged, scores).verdict == .rounding)
    let coarse = rois.enumerated().map { $0 % 5 == 0 ? $1 : Float(Float16($1)) }
    #expect(try layer.judged(coarse, scores).verdict == .mismatch)
  }

  @Test("another threshold, size rule, scale or order is caught and named", arguments: [false, true])
  func named(python: Bool) throws {
    func expect(_ phrase: String, _ layer: ProposalLayer, _ rows: (rois: [Float], scores: [Float])) throws {
      let report = try layer.judged(rows.rois, rows.scores)
      #expect(report.verdict == .mismatch, "\(phrase): \(report.verdict)")
      #expect(report.diagnosis?.contains(phrase) == true, "\(phrase): \(report.diagnosis ?? report.reason)")
    }
    let layer = ProposalLayer(python: python)
    try expect("a threshold of 0.5", layer, try layer.rows { $0.threshold = 0.5 })
    let sparse = ProposalLayer(python: python, threshold: 0.1)
    try expect("all boxes looked at", sparse, try sparse.rows { $0.preNMSTopN = 0 })
    try expect("overlaps without the +1", sparse, try sparse.suppressed(extra: 0))
    for (phrase, info) in [
      ("a scale of 1 in imageInfo", [Float(160), 224, 1]),
      ("height and width of imageInfo exchanged", [Float(128), 112, 1]),
    ] {
      var (declared, fed) = (
        ProposalLayer(python: python, minSize: 40), ProposalLayer(python: python, minSize: 40)
      )
      fed.inputs[2] = Tensor(info, shape: [1, 3])
      if phrase.contains("exchanged") { declared.inputs[2] = Tensor([Float(112), 128, 1], shape: [1, 3]) }
      try expect(phrase, declared, try fed.rows())
    }
    // The other operator's rules in place of the declared one's.
    let other = ProposalLayer(python: !python, minSize: 60)
    let declared = ProposalLayer(python: python, minSize: 60)
    try expect(python ? "small boxes grown" : "small boxes removed", declared, try other.rows())
    try expect("corners given as y before x", layer, swappedCorners(try layer.rows()))
  }

  @Test("where an overlap is the threshold itself, either outcome passes, and a thousandth beyond none does")
  func ties() throws {
    var (flips, reachable) = (0, 0)
    for seed in UInt64(1)..<40 {
      var layer = ProposalLayer(python: false, minSize: 0, seed: seed)
      guard let tie = try layer.overlapOfTheBest() else { continue }
      layer = ProposalLayer(python: false, minSize: 0, threshold: tie, seed: seed)
      let (below, above) = (
        try layer.rows { $0.threshold = tie * (1 - 1.5e-7) },
        try layer.rows { $0.threshold = tie * (1 + 1.5e-7) }
      )
      guard below.rois != above.rois else { continue }
      flips += 1
      var differs = false
      for side in [below, above] {
        let report = try layer.judged(side.rois, side.scores)
        #expect(report.verdict <= .illConditioned, "\(report.reason)")
        let decisions = try #require(report.decisions)
        #expect(abs(decisions.margin ?? .infinity) < 6)
        if report.verdict == .illConditioned { reachable += 1 }
        if decisions.differingRows > 0 { differs = true }
      }
      #expect(differs)
      let far = ProposalLayer(python: false, minSize: 0, threshold: tie * 1.001, seed: seed)
      let report = try far.judged(below.rois, below.scores)
      #expect(report.verdict == .mismatch, "\(report.verdict)")
    }
    print("overlaps at the threshold: \(flips) flips, \(reachable) of them against exact arithmetic")
    #expect(flips >= 5 && reachable >= 1)
  }

  @Test("Python's repeats may come in any order, C++'s in turn alone")
  func repeats() throws {
    for python in [false, true] {
      let layer = ProposalLayer(python: python, threshold: 0.05)
      let (rois, _) = try layer.rows()
      let first = try #require((1..<60).first { Array(rois[5 * $0..<5 * $0 + 5]) == Array(rois[..<5]) })
      #expect(first < 58)
      // The second repeat is the first box once more.
      let altered = Array(rois[..<(5 * first + 5)]) + rois[..<5] + rois[(5 * first + 10)...]
      #expect(try layer.judged(altered).verdict.isFailure == !python)
    }
  }

  @Test("suppression of given boxes is judged, and its rules named")
  func boxNMS() throws {
    var random = SeededGenerator(seed: 3)
    let rows = (0..<2 * 80).flatMap { _ -> [Float] in
      let (x, y) = (Float.random(in: 0..<60, using: &random), Float.random(in: 0..<60, using: &random))
      let (w, h) = (Float.random(in: 4..<40, using: &random), Float.random(in: 4..<40, using: &random))
      return [
        Float(Int.random(in: 0..<3, using: &random)), .random(in: 0...1, using: &random), x, y, x + w, y + h,
      ]
    }
    let declared = BoxNMS(overlapThreshold: 0.5, scoreThreshold: 0.1, topK: 60, classColumn: 0)
    let layer = PlantedLayer(name: "NMS", operation: declared, inputs: [Tensor(rows, shape: [2, 80, 6])])
    let honest = try layer.judged(layer.honest())
    #expect(honest.verdict == .exact && (honest.decisions?.count ?? 0) > 80)
    for (phrase, alter) in [
      ("a threshold of 0.7", { $0.overlapThreshold = 0.7 }),
      ("suppression across classes", { $0.suppressesAcrossClasses = true }),
      ("all boxes looked at", { $0.topK = -1 }),
    ] as [(String, (inout BoxNMS) -> Void)] {
      var other = declared
      alter(&other)
      let report = try layer.judged(other.evaluate(layer.inputs, as: Float.self)[0])
      #expect(report.verdict == .mismatch, "\(phrase)")
      #expect(report.diagnosis?.contains(phrase) == true, "\(phrase): \(report.diagnosis ?? report.reason)")
    }
  }

  @Test("of equal elements a search may choose another, of unequal ones not")
  func search() throws {
    let operation = ArgMax(.max, axis: 1, keepsOneDimension: true)
    let layer = PlantedLayer(
      name: "search", operation: operation,
      inputs: [Tensor([Float(1), 3, 3, 2, 5, 4, 4, 1], shape: [2, 4])])
    #expect(try layer.judged(Tensor([Float(1), 0], shape: [2])).verdict == .exact)
    let other = try layer.judged(Tensor([Float(2), 0], shape: [2]))
    #expect(other.verdict == .illConditioned && other.decisions?.differing == 1)
    let wrong = try layer.judged(Tensor([Float(3), 0], shape: [2]))
    #expect(wrong.verdict == .mismatch && wrong.reason.contains("place 3"), "\(wrong.reason)")
    #expect(try layer.judged(Tensor([Float(1), 7.5], shape: [2])).verdict == .mismatch)
  }

  private func swappedCorners(_ rows: (rois: [Float], scores: [Float])) -> (rois: [Float], scores: [Float]) {
    (
      rows.rois.indices.map { rows.rois[$0 / 5 * 5 + [0, 2, 1, 4, 3][$0 % 5]] }, rows.scores
    )
  }
}
