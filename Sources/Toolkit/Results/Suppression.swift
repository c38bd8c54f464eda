internal import Tensors

/// A box of one class with its score, while detections are selected.
struct Candidate: Hashable {
  var box: Box
  var score: Double
}

/// The candidates that survive one another, best first.
///
/// Of equal scores the later is taken first, as numpy's stable `argsort` reversed does; the original's sort is
/// not stable, so that it promises no order there.
func suppressed(
  _ candidates: [Candidate], _ rule: DetectionOptions.Suppression, atMost maximumCount: Int
) -> [Candidate] {
  switch rule {
  case .greedy(let threshold): greedilySuppressed(candidates, threshold)
  case .gaussian(let sigma):
    softlySuppressed(candidates, sigma, atMost: maximumCount > 0 ? maximumCount : candidates.count)
  }
}

/// Keeps the best, drops all that overlap it by more than the threshold, and goes on with what is left
/// (Deformable-ConvNets `lib/nms/nms.py`, `nms`).
///
/// - Complexity: O(n²) overlaps where little is dropped.
private func greedilySuppressed(_ candidates: [Candidate], _ threshold: Double) -> [Candidate] {
  var rest = candidates.enumerated()
    .sorted { ($0.element.score, $0.offset) > ($1.element.score, $1.offset) }
    .map(\.element)
  var kept: [Candidate] = []
  while let best = rest.first {
    kept.append(best)
    rest = rest.dropFirst().filter { best.box.overlap(with: $0.box) <= threshold }
  }
  return kept
}

/// Takes the best, lowers the scores of all others by how much they overlap it, and goes on with the best of
/// these (arXiv:1704.04503; Deformable-ConvNets `lib/nms/nms.py`, `soft_nms`). No score is too low.
///
/// - Complexity: O(n · maximumCount) overlaps.
private func softlySuppressed(
  _ candidates: [Candidate], _ sigma: Double, atMost maximumCount: Int
) -> [Candidate] {
  var rest = candidates
  var kept: [Candidate] = []
  while kept.count < maximumCount,
    let best = rest.indices.max(by: { (rest[$0].score, $0) < (rest[$1].score, $1) })
  {
    let chosen = rest.remove(at: best)
    kept.append(chosen)
    for index in rest.indices {
      let overlap = chosen.box.overlap(with: rest[index].box)
      rest[index].score *= Double.exp(-(overlap * overlap) / sigma)
    }
  }
  return kept
}
