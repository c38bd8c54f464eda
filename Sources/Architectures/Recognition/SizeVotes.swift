internal import OrderedCollections
internal import Tensors

/// Finds a network's sizes in a file's shapes: every layer whose filter count depends on one has a vote, so that
/// a few tensors of a wrong shape are outvoted and reported.
struct SizeVotes {
  private var votes: [NetworkSize: OrderedDictionary<Int, Int>] = [:]

  /// - Parameter evidence: parameters whose first dimension is a multiple of a size.
  init(_ evidence: [NetworkBuilder.Evidence], file: CheckpointTensors) {
    for (parameter, filters) in evidence {
      guard let size = filters.size, let shape = file.tensor(of: CheckpointName(parameter))?.shape,
        let count = shape.dimensions.first, count % filters.factor == 0,
        size.limits.contains(count / filters.factor)
      else { continue }
      votes[size, default: [:]][count / filters.factor, default: 0] += 1
    }
  }

  /// The value that most layers show; `released` where none shows one, or as many show that.
  func value(of size: NetworkSize, released: Int) -> Int {
    guard let counts = votes[size], let most = counts.values.max() else { return released }
    if counts[released] == most { return released }
    return counts.first { $0.value == most }?.key ?? released
  }
}
