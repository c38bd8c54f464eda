internal import Toolkit

/// One of the worst layers: its numbers, and pictures of where its errors are.
struct LayerCard {
  private let layer: LayerReport
  /// Its place among all layers.
  private let number: Int

  init(_ layer: LayerReport, number: Int) {
    self.layer = layer
    self.number = number
  }

  var article: HTML {
    let statistics = layer.statistics
    let pictures = statistics.distribution.map { distribution -> HTML in
      "\(distribution.places.map(placePictures) ?? "")\(histogram(distribution))"
    }
    return """
      <article class="card" data-verdict="\(layer.verdict.rawValue)">
      <header><h3><a class="name" href="#l\(number)">\(layer.title)</a></h3>
      <p class="quiet"><span class="verdict">\(layer.verdict.rawValue)</span> · \(layer.operatorName) · \
      \(HTMLReport.ratio(statistics)) σ · \(HTMLReport.grouped(statistics.outside)) of \
      \(HTMLReport.grouped(statistics.elements)) beyond 6 σ</p></header>
      \(layer.diagnosis.map { "<p>\($0)</p>" as HTML } ?? "")
      \(worst)
      <div class="pictures">\(pictures ?? "")</div>
      \(statistics.distribution?.places.map(words) ?? "")
      </article>
      """
  }

  private var worst: HTML {
    guard let worst = layer.statistics.worst else { return "" }
    let position = worst.position.map(String.init).joined(separator: ", ")
    return """
      <p class="quiet">Worst at [\(position)]: recorded \(Self.written(worst.recorded)), expected \
      \(Self.written(worst.expected)), σ \(HTMLReport.number(worst.sigma)).</p>
      """
  }

  private static func written(_ value: Double) -> String {
    value.isFinite ? ReportText.significant(value, 9).replacing("-", with: "−") : HTMLReport.number(value)
  }

  /// What an axis of a value of this rank is.
  private func axisName(_ axis: Int, rank: Int) -> String {
    switch rank {
    case 4: ["item", "channel", "row", "column"][axis]
    case 2: ["item", "channel"][axis]
    default: "axis \(axis) index"
    }
  }

  private func placePictures(_ places: ErrorPlaces) -> HTML {
    let rank = places.profiles.count
    // A map of one row or one column is a profile.
    let hasMap = rank >= 2 && places.profiles[(rank - 2)...].allSatisfy { $0.worst.count > 1 }
    let profiles = places.profiles.filter { profile in
      profile.worst.count > 1 && !(hasMap && profile.axis >= rank - 2)
    }
    return "\(hasMap ? map(places) : "")\(profiles.map { self.profile($0, rank: rank) })"
  }

  private func map(_ places: ErrorPlaces) -> HTML {
    let rank = places.profiles.count
    let (rows, columns) = (places.profiles[rank - 2], places.profiles[rank - 1])
    let (height, width) = (rows.worst.count, columns.worst.count)
    // One path a tone, cells of equal tone beside each other in one piece.
    var paths = [String](repeating: "", count: 9)
    for row in 0..<height {
      var column = 0
      while column < width {
        let tone = ErrorScale.tone(of: Double(places.map[row * width + column]))
        var end = column + 1
        while end < width, ErrorScale.tone(of: Double(places.map[row * width + end])) == tone { end += 1 }
        if tone > 0 { paths[tone] += "M\(column) \(row)h\(end - column)v1H\(column)z" }
        column = end
      }
    }
    let tones = paths.enumerated().filter { !$0.element.isEmpty }.map { tone, path -> HTML in
      "<path class=\"t\(tone)\" d=\"\(path)\"/>"
    }
    let scale = min(300 / Double(width), 220 / Double(height))
    let (low, high) = (axisName(rank - 2, rank: rank), axisName(rank - 1, rank: rank))
    return """
      <figure><svg class="map" viewBox="0 0 \(width) \(height)" width="\(Double(width) * scale)" \
      height="\(Double(height) * scale)" preserveAspectRatio="none" role="img" \
      aria-label="Error map of \(layer.title)"><rect class="t0" width="\(width)" height="\(height)"/>\(tones)</svg>
      <figcaption>\(rows.size) \(low)s × \(columns.size) \(high)s</figcaption></figure>
      """
  }

  private func profile(_ profile: ErrorPlaces.Profile, rank: Int) -> HTML {
    let count = profile.worst.count
    let high = max(60, profile.worst.filter(\.isFinite).max().map { Double($0) * 1.3 } ?? 60)
    let (width, height) = (300.0, 120.0)
    let step = width / Double(count)
    let bars = profile.worst.enumerated().map { place, ratio -> HTML in
      let length = max(1, ErrorScale.height(of: Double(ratio), from: 0.05, to: high) * height)
      return """
        <rect class="t\(max(1, ErrorScale.tone(of: Double(ratio))))" x="\(Double(place) * step)" \
        y="\(height - length)" width="\(max(0.6, step - (step > 3 ? 1 : 0.2)))" height="\(length)"/>
        """
    }
    let limit = height - ErrorScale.height(of: 6, from: 0.05, to: high) * height
    let name = axisName(profile.axis, rank: rank)
    let each = profile.stretch > 1 ? ", \(profile.stretch) a bar" : ""
    return """
      <figure><svg viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" role="img" \
      aria-label="Largest error of each \(name) of \(layer.title)">\(bars)\
      <path class="limit" d="M0 \(limit)H\(width)"/><path class="axis" d="M0 \(height)H\(width)"/></svg>
      <figcaption>\(profile.size) \(name)s\(each)</figcaption></figure>
      """
  }

  /// How many elements have which error, both scales logarithmic.
  private func histogram(_ distribution: ErrorDistribution) -> HTML {
    let (width, height) = (300.0, 120.0)
    let last = max(14, (distribution.bins.lastIndex { $0 > 0 } ?? 0) + 1)
    let step = width / Double(last + 1)
    let most = Double(distribution.bins.max() ?? 1)
    let bars = distribution.bins.prefix(last + 1).enumerated().filter { $0.element > 0 }.map {
      bin, count -> HTML in
      let length = 4 + (height - 4) * ErrorScale.logarithm(Double(count)) / max(1, ErrorScale.logarithm(most))
      let tone = bin == 0 ? 1 : ErrorScale.tone(of: ErrorDistribution.lowerEdge(of: bin) * 1.4)
      return """
        <rect class="t\(max(1, tone))" x="\(Double(bin) * step + 0.5)" y="\(height - length)" \
        width="\(step - 1)" height="\(length)"><title>\(HTMLReport.grouped(count))</title></rect>
        """
    }
    // Bin edges are powers of two times six, so a power of ten stands where its logarithm says.
    func x(_ ratio: Double) -> Double {
      (ErrorScale.logarithm(ratio / 6) / ErrorScale.logarithm(2) + 1 - Double(ErrorDistribution.lowestBin))
        * step
    }
    let powers = (-1...7).filter { x(ErrorScale.power($0)) < width - 8 }
    let labels = powers.filter { powers.count < 6 || $0 % 2 == 0 }.map { power -> HTML in
      """
      <text x="\(x(ErrorScale.power(power)))" y="\(height + 15)" text-anchor="middle">\(ErrorScale.label(power))</text>
      """
    }
    return """
      <figure><svg viewBox="0 0 \(width) \(height + 18)" width="\(width)" height="\(height + 18)" role="img" \
      aria-label="Histogram of the errors of \(layer.title)">\(bars)\
      <path class="limit" d="M\(x(6)) 0V\(height)"/><path class="axis" d="M0 \(height)H\(width)"/>\(labels)</svg>
      <figcaption>elements by error in σ, logarithmic</figcaption></figure>
      """
  }

  /// Where the errors beyond rounding are, in words.
  private func words(_ places: ErrorPlaces) -> HTML {
    let rank = places.profiles.count
    let parts = places.profiles.filter { $0.size > 1 }.compactMap { profile -> String? in
      let bad = profile.worst.indices.filter { profile.worst[$0] > 6 }
      guard !bad.isEmpty else { return nil }
      let name = axisName(profile.axis, rank: rank)
      if bad.count == profile.worst.count { return "all \(profile.size) \(name)s" }
      var ranges: [(first: Int, last: Int)] = []
      for place in bad {
        let (first, last) = (place * profile.stretch, min((place + 1) * profile.stretch, profile.size) - 1)
        if let previous = ranges.indices.last, ranges[previous].last == first - 1 {
          ranges[previous].last = last
        } else {
          ranges.append((first, last))
        }
      }
      let count = ranges.reduce(0) { $0 + $1.last - $1.first + 1 }
      guard ranges.count <= 4 else { return "\(count) of \(profile.size) \(name)s" }
      let list = ranges.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)–\($0.last)" }
      return "\(name)\(count == 1 ? "" : "s") \(list.joined(separator: ", ")) of \(profile.size)"
    }
    return parts.isEmpty ? "" : "<p class=\"quiet\">Beyond 6 σ: \(parts.joined(separator: "; ")).</p>"
  }
}
