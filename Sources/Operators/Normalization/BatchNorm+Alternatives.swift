package import Tensors

extension BatchNorm: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    var list = AlternativeList(self, inputs)
    list.add(
      fixGamma ? "gamma as it is stored (fix_gamma ignored)" : "gamma counted as 1 (fix_gamma)",
      remedy: fixGamma ? "set gamma to 1 as fix_gamma says" : "multiply by the stored gamma"
    ) { $0.fixGamma.toggle() }
    for epsilon in [1e-3, 1e-5, 2e-5, 1e-4, 1e-6, 1e-7, 0] where epsilon != self.epsilon {
      list.add("an epsilon of \(epsilon)", remedy: "add \(self.epsilon) to the variance") {
        $0.epsilon = epsilon
      }
    }
    let epsilon = epsilon
    list.add("epsilon added to the deviation", remedy: "add epsilon to the variance", input: 4) {
      $0.mapElements { variance in
        let deviation = variance.squareRoot() + epsilon
        return deviation * deviation - epsilon
      }
    }
    list.add("the variance taken for the deviation", remedy: "take the variance's root", input: 4) {
      $0.mapElements { $0 * $0 - epsilon }
    }
    list.add("no mean", remedy: "subtract the stored mean", input: 3) { $0.mapElements { _ in 0 } }
    list.add("no beta", remedy: "add beta", input: 2) { $0.mapElements { _ in 0 } }
    for (a, b, words) in [
      (1, 2, "gamma and beta exchanged"), (3, 4, "mean and variance exchanged"),
      (2, 3, "beta and mean exchanged"), (1, 4, "gamma and variance exchanged"),
    ] {
      list.add(words, remedy: "give gamma, beta, mean, variance in this order", inputs: { $0.swapAt(a, b) })
    }
    addBatchStatistics(to: &list)
    return list.all
  }

  /// Statistics of the batch itself: a network that was left in training mode.
  private func addBatchStatistics(to list: inout AlternativeList<Self>) {
    let shape = list.shape(0)
    let place = axis < 0 ? axis + shape.rank : axis
    guard shape.rank > 1, shape.dimensions.indices.contains(place), shape.count > 0 else { return }
    list.add(
      "the batch's own statistics (training mode)", remedy: "switch the producer to inference",
      inputs: { inputs in
        guard let data = inputs[0]?.converted(to: Double.self) else { return }
        let inner = shape.dimensions[(place + 1)...].reduce(1, *)
        let channels = shape[place]
        let count = Double(shape.count / channels)
        var (mean, variance) = (
          [Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels)
        )
        for (index, x) in data.enumerated() { mean[index / inner % channels] += x / count }
        for (index, x) in data.enumerated() {
          let distance = x - mean[index / inner % channels]
          variance[index / inner % channels] += distance * distance / count
        }
        inputs[3] = Tensor(mean, shape: [channels])
        inputs[4] = Tensor(variance, shape: [channels])
      })
  }
}
