/// The rule by which suppression keeps boxes: by falling score, each that no kept one before it overlaps too much.
struct GreedySelection: Sendable {
  /// In the order in which they are looked at.
  let candidates: [BoxCandidate]
  /// Candidates that are looked at, best first, and boxes that are kept at most.
  let considered: Int
  let limit: Int
  let threshold: Double
  /// What sides have more than the difference of their corners.
  let extra: Double
  /// Whether the order of equal scores is left open.
  let tiesAreOpen: Bool

  /// - Parameter isSorted: whether boxes are put in order of their scores at all.
  init(
    _ candidates: [BoxCandidate], considered: Int, limit: Int, threshold: Double, extra: Double,
    tiesAreOpen: Bool, isSorted: Bool = true
  ) {
    self.candidates =
      isSorted ? candidates.sorted { ($1.score, $0.place) < ($0.score, $1.place) } : candidates
    self.considered = considered
    self.limit = limit
    self.threshold = threshold
    self.extra = extra
    self.tiesAreOpen = tiesAreOpen && isSorted
  }

  /// Whether one may be looked at before another.
  func mayPrecede(_ a: Int, _ b: Int) -> Bool {
    tiesAreOpen ? candidates[a].score >= candidates[b].score : a < b
  }
}

/// Follows recorded boxes through the selection, and asks of every decision whether it could fall so.
struct SelectionJudge {
  private let selection: GreedySelection
  private let index: CandidateIndex
  private let u: Double
  private(set) var tally = DecisionTally()
  /// The kept candidates, in the recorded order.
  private(set) var kept: [Int] = []

  init(_ selection: GreedySelection, unitRoundoff u: Double, storage: Double) {
    self.selection = selection
    self.u = u
    index = CandidateIndex(selection.candidates, storage: storage)
  }

  private var candidates: [BoxCandidate] { selection.candidates }

  /// - Parameter boxes: the recorded ones that were kept, without those that repeat.
  mutating func follow(_ boxes: [RecordedBox]) {
    guard identify(boxes) else { return }
    let ranks = Ranks(selection)
    let places = Set(kept.map { candidates[$0].place })
    for (row, candidate) in kept.enumerated() {
      if let presence = candidates[candidate].presence {
        tally.add(presence) { "the size of row \(row)'s box is beyond the least" }
      }
      guard ranks.mayBeConsidered(candidate) else {
        return tally.refuse(
          "row \(row) is not among the \(selection.considered) best, which alone are looked at")
      }
      keep(candidate, row: row)
    }
    let isFull = kept.count == selection.limit
    let isKept = Set(kept)
    for candidate in candidates.indices where !isKept.contains(candidate) {
      if isFull, let last = kept.last, !mustPrecede(candidate, last) {
        if !selection.tiesAreOpen { break }
        continue
      }
      // The same box as kept with another size and score.
      if candidates[candidate].presence != nil, places.contains(candidates[candidate].place) { continue }
      if ranks.mustBeConsidered(candidate) { drop(candidate) }
    }
  }

  private func mustPrecede(_ a: Int, _ b: Int) -> Bool {
    selection.tiesAreOpen ? candidates[a].score > candidates[b].score : a < b
  }

  /// Finds the candidate of each row; false where one is none, or stands at the wrong place.
  private mutating func identify(_ boxes: [RecordedBox]) -> Bool {
    for (row, box) in boxes.enumerated() {
      let matches = index.matches(box)
      guard !matches.isEmpty else {
        tally.refuse(
          "row \(row) is no box that the inputs give: the nearest is \(short(index.distance(to: box))) px off"
        )
        return false
      }
      let scored = matches.filter { box.score == nil || candidates[$0].score == box.score }
      guard !scored.isEmpty else {
        tally.refuse(
          "row \(row) has the score \(box.score ?? 0), its box has \(candidates[matches[0]].score)")
        return false
      }
      let next = scored.first { match in
        !kept.contains(match) && (kept.last.map { selection.mayPrecede($0, match) } ?? true)
      }
      guard let next else {
        tally.refuse(
          "row \(row), of score \(candidates[scored[0]].score), stands behind row \(row - 1), of score "
            + "\(kept.last.map { candidates[$0].score } ?? 0)")
        return false
      }
      kept.append(next)
    }
    return true
  }

  /// No box before it may overlap a kept one too much.
  private mutating func keep(_ candidate: Int, row: Int) {
    for (other, better) in kept[..<row].enumerated() {
      guard candidates[better].classIndex == candidates[candidate].classIndex else { continue }
      let overlap = overlap(better, candidate)
      if overlap.value == 0, selection.threshold > 0 { continue }
      let threshold = selection.threshold
      tally.add(overlap.exceeds(threshold).opposite) {
        "row \(row) stays, which overlaps row \(other) by \(short(overlap.value)) where \(short(threshold)) is allowed"
      }
    }
  }

  /// A box that was not kept must overlap one before it too much, or not be there.
  private mutating func drop(_ candidate: Int) {
    var best = candidates[candidate].presence.map(\.opposite) ?? .exact(false)
    var suppressor: (row: Int, overlap: Overlap, ratio: Double)?
    for (row, better) in kept.enumerated() {
      guard selection.mayPrecede(better, candidate) else {
        if selection.tiesAreOpen { continue }
        break
      }
      guard candidates[better].classIndex == candidates[candidate].classIndex else { continue }
      let overlap = overlap(better, candidate)
      if overlap.value == 0, selection.threshold > 0 { continue }
      let margin = overlap.exceeds(selection.threshold)
      if margin.ratio > suppressor?.ratio ?? -.infinity { suppressor = (row, overlap, margin.ratio) }
      if margin.ratio > best.ratio { best = margin }
      // Clearer than what is known to be the closest: it will not be that.
      if margin.holds, margin.ratio > tally.closestRatio { break }
    }
    let box = candidates[candidate]
    let threshold = selection.threshold
    tally.add(best) {
      let name =
        "the box (\(box.corners.map { short($0.value) }.joined(separator: ", "))) of score \(box.score)"
      guard let suppressor else { return "\(name) is missing, though nothing overlaps it" }
      return
        "\(name) goes, which overlaps row \(suppressor.row) by \(short(suppressor.overlap.value)) where "
        + "\(short(threshold)) is allowed"
    }
  }

  private func overlap(_ a: Int, _ b: Int) -> Overlap {
    Overlap(candidates[a], candidates[b], extra: selection.extra, unitRoundoff: u)
  }
}

/// Which of the candidates are looked at, where the presence of some is in doubt.
private struct Ranks {
  private let selection: GreedySelection
  /// Candidates that surely, and at most, come before each.
  private var sure: [Int] = []
  private var most: [Int] = []

  init(_ selection: GreedySelection) {
    self.selection = selection
    let candidates = selection.candidates
    var (sureCount, mostCount) = (0, 0)
    var start = 0
    while start < candidates.count {
      var end = start + 1
      if selection.tiesAreOpen {
        while end < candidates.count, candidates[end].score == candidates[start].score { end += 1 }
      }
      let group = start..<end
      mostCount += group.count
      for _ in group {
        sure.append(sureCount)
        most.append(mostCount - 1)
      }
      sureCount += group.count { candidates[$0].presence == nil }
      start = end
    }
  }

  func mayBeConsidered(_ candidate: Int) -> Bool { sure[candidate] < selection.considered }
  func mustBeConsidered(_ candidate: Int) -> Bool { most[candidate] < selection.considered }
}

/// What was found of many decisions.
struct DecisionTally {
  private(set) var count = 0
  private(set) var differing = 0
  private(set) var outcome = DecisionVerdict.Outcome.same
  private(set) var closestRatio = Double.infinity
  private(set) var closest = ""

  mutating func add(_ margin: Margin, _ words: () -> String) {
    count += 1
    if !margin.holds { differing += 1 }
    outcome = max(outcome, margin.outcome)
    guard margin.ratio < closestRatio else { return }
    closestRatio = margin.ratio
    closest = words()
  }

  /// What no decision explains.
  mutating func refuse(_ words: String) {
    count += 1
    differing += 1
    outcome = .unreachable
    closestRatio = -.infinity
    closest = words
  }

  mutating func add(_ other: DecisionTally) {
    count += other.count
    differing += other.differing
    outcome = max(outcome, other.outcome)
    guard other.closestRatio < closestRatio else { return }
    closestRatio = other.closestRatio
    closest = other.closest
  }

  var margin: Double? { closestRatio.isFinite ? closestRatio : nil }
}

/// A number for people, in four digits.
func short(_ value: Double) -> String {
  guard value.isFinite, value != 0, abs(value) < 1e6 else { return "\(value)" }
  let exponent = Int(value.exponent.magnitude) * (value.exponent < 0 ? -1 : 1)
  var scale = 1.0
  // Four digits behind the point below 1, fewer above.
  for _ in 0..<max(0, 4 - max(0, exponent * 3 / 10)) { scale *= 10 }
  return "\((value * scale).rounded() / scale)"
}
