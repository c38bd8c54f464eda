internal import Toolkit

/// Every layer's largest error as a mark over the graph's order, on a logarithmic scale of standard deviations.
struct ErrorPlot {
  private let layers: [LayerReport]
  private let highest: Double

  private static let width = 1120.0
  private static let left = 62.0
  private static let right = 1106.0
  private static let top = 40.0
  /// Where the scale ends below; exact layers stand in a band beneath it.
  private static let bottom = 300.0
  private static let exactLine = 322.0
  private static let lowest = 0.05

  init(_ layers: [LayerReport]) {
    self.layers = layers
    let finite =
      layers.flatMap { [$0.statistics.maximumErrorToSigma, Self.bound(of: $0) ?? 0] }
      .filter { $0.isFinite }.max() ?? 0
    // A power of ten above all, and room above six standard deviations.
    var power = 2
    while power < 300, ErrorScale.power(power) < finite * 1.4 { power += 1 }
    highest = ErrorScale.power(power)
  }

  /// A layer's hard bound in standard deviations, where it was derived.
  private static func bound(of layer: LayerReport) -> Double? {
    let statistics = layer.statistics
    guard statistics.maximumErrorToBound > 0, statistics.maximumErrorToSigma.isFinite else { return nil }
    let bound = statistics.maximumErrorToSigma / statistics.maximumErrorToBound
    return bound.isFinite && bound > 6 ? bound : nil
  }

  private func x(_ place: Int) -> Double {
    Self.left + 12 + (Double(place) + 0.5) * (Self.right - Self.left - 24) / Double(max(1, layers.count))
  }

  private func y(_ ratio: Double) -> Double {
    if ratio == .infinity { return Self.top - 12 }
    return Self.bottom
      - ErrorScale.height(of: ratio, from: Self.lowest, to: highest) * (Self.bottom - Self.top)
  }

  var figure: HTML {
    let judged = layers.count { $0.verdict != .notJudged }
    let failing = layers.count { $0.verdict.isFailure }
    return """
      <figure class="plot" data-plot>
      <div class="stage" tabindex="0" role="group" aria-label="Plot of \(judged) layers, \(failing) beyond 6 σ" \
      aria-describedby="plot-help">
      <svg viewBox="0 0 \(Self.width) 386" role="img" aria-label="Largest error of each layer in standard deviations">
      \(grid)
      <path class="bound" d="\(bounds)"/><path class="range" d="\(ranges)"/>
      <g class="marks">\(marks)</g>
      <circle class="cursor" r="7" visibility="hidden"/>
      </svg>
      <p class="readout" role="status" hidden></p>
      </div>
      <figcaption><ul class="key">\(key)</ul>
      <p id="plot-help" class="quiet help">Arrow keys walk from layer to layer, up and down from one failure to \
      the next; Enter goes to its row.</p></figcaption>
      </figure>
      """
  }

  private var key: HTML {
    let verdicts = Verdict.allCases.filter { verdict in
      verdict != .notJudged && layers.contains { $0.verdict == verdict }
    }
    let marks = verdicts.map { verdict -> HTML in
      "<li data-verdict=\"\(verdict.rawValue)\"><span class=\"verdict\">\(verdict.rawValue)</span></li>"
    }
    let bound: HTML = bounds.isEmpty ? "" : "<li><span class=\"boundkey\"></span>hard bound</li>"
    let deformable: HTML =
      layers.contains(where: \.isDeformable)
      ? "<li><span class=\"deformablekey\"></span>deformable layer</li>" : ""
    return "\(marks)\(bound)\(deformable)"
  }

  /// The scale: powers of ten, the limit of rounding, the bands at both ends, the layers' numbers.
  private var grid: HTML {
    var lines: [HTML] = []
    var exponents: [Int] = []
    var power = -1
    while power < 300, ErrorScale.power(power) < highest * 1.001 {
      exponents.append(power)
      power += 1
    }
    let step = max(1, (exponents.count + 7) / 8)
    for exponent in exponents where exponent % step == 0 || exponent == -1 && step == 1 {
      let y = self.y(ErrorScale.power(exponent))
      lines.append("<path class=\"axis\" d=\"M\(Self.left) \(y)H\(Self.right)\"/>")
      lines.append(
        "<text x=\"\(Self.left - 10)\" y=\"\(y + 4)\" text-anchor=\"end\">\(ErrorScale.label(exponent))</text>"
      )
    }
    lines.append("<text x=\"\(Self.left - 10)\" y=\"\(Self.exactLine + 4)\" text-anchor=\"end\">exact</text>")
    lines.append("<path class=\"axis\" d=\"M\(Self.left) \(Self.exactLine)H\(Self.right)\"/>")
    if layers.contains(where: { $0.statistics.maximumErrorToSigma == .infinity }) {
      lines.append("<text x=\"\(Self.left - 10)\" y=\"\(Self.top - 8)\" text-anchor=\"end\">∞</text>")
    }
    let six = y(6)
    lines.append(
      "<rect class=\"beyond\" x=\"\(Self.left)\" y=\"\(Self.top - 20)\" width=\"\(Self.right - Self.left)\" height=\"\(six - Self.top + 20)\"/>"
    )
    lines.append("<path class=\"limit\" d=\"M\(Self.left) \(six)H\(Self.right)\"/>")
    lines.append(
      "<text class=\"limit\" x=\"\(Self.right - 4)\" y=\"\(six - 6)\" text-anchor=\"end\">6 σ, the limit of rounding</text>"
    )
    lines.append("<text x=\"\(Self.left - 48)\" y=\"\(Self.top - 24)\">error in σ</text>")
    let spacing = layers.count > 400 ? 100 : layers.count > 80 ? 50 : layers.count > 20 ? 10 : 1
    for place in stride(from: 0, to: layers.count, by: spacing) {
      lines.append("<path class=\"axis\" d=\"M\(x(place)) \(Self.exactLine + 24)v5\"/>")
      lines.append(
        "<text x=\"\(x(place))\" y=\"\(Self.exactLine + 43)\" text-anchor=\"middle\">\(place)</text>")
    }
    lines.append(
      "<text x=\"\(Self.right)\" y=\"\(Self.exactLine + 60)\" text-anchor=\"end\">layer, in the graph’s order</text>"
    )
    return HTML.joined(lines)
  }

  private var bounds: String {
    layers.enumerated().map { place, layer -> String in
      guard let bound = Self.bound(of: layer) else { return "" }
      return ("M\(x(place) - 2.5) \(y(bound))h5" as HTML).text
    }.joined()
  }

  /// From the median to the largest error, where the errors were gathered.
  private var ranges: String {
    layers.enumerated().map { place, layer -> String in
      guard let distribution = layer.statistics.distribution, layer.verdict > .exact else { return "" }
      let median = ErrorDistribution.lowerEdge(of: distribution.quantile(0.5))
      let (low, high) = (y(median), y(layer.statistics.maximumErrorToSigma))
      return low > high + 1 ? ("M\(x(place)) \(low)V\(high)" as HTML).text : ""
    }.joined()
  }

  private var marks: HTML {
    HTML.joined(
      layers.enumerated().flatMap { place, layer -> [HTML] in
        let x = self.x(place)
        let deformable: [HTML] =
          layer.isDeformable
          ? ["<path class=\"deformable\" d=\"M\(x) \(Self.exactLine + 9)l3.5 4l-3.5 4l-3.5 -4z\"/>"] : []
        guard layer.verdict != .notJudged else { return deformable }
        let ratio = layer.statistics.maximumErrorToSigma
        let y = layer.verdict == .exact || ratio == 0 ? Self.exactLine : self.y(ratio)
        let shape: HTML =
          switch layer.verdict {
          case .suspect: "M\(x) \(y - 5)l5 5l-5 5l-5 -5z"
          case .mismatch: "M\(x) \(y - 5.5)l5.5 9.5h-11z"
          default: "M\(x - 2.7) \(y)a2.7 2.7 0 1 0 5.4 0a2.7 2.7 0 1 0 -5.4 0z"
          }
        return deformable + [
          """
          <path data-verdict="\(layer.verdict.rawValue)" data-row="l\(place)" data-x="\(x)" data-y="\(y)" \
          d="\(shape)"/>
          """
        ]
      }, separator: "\n")
  }
}
