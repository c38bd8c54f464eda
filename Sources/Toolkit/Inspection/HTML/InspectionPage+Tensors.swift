internal import Tensors

extension InspectionPage {
  /// Every tensor with its type, shape, numbers and histogram, and what searches them.
  var tensorTable: Page.Section {
    let types = Set(tensors.map(\.tensor.elementType.rawValue)).sorted()
    let columns: [(title: String, isNumber: Bool)] = [
      ("tensor", false), ("type", false), ("shape", true), ("minimum", true), ("maximum", true),
      ("mean", true),
      ("deviation", true), ("zeros", true), ("NaN, Inf", true),
    ]
    let heads = columns.map { title, isNumber -> HTML in
      """
      <th scope="col"\(isNumber ? " class=\"num\" data-first=\"descending\"" as HTML : "")>\
      <button type="button">\(title)</button></th>
      """
    }
    return Page.Section(
      id: "tensors", title: "Tensors",
      lead:
        "The histograms reach from the smallest to the largest value, four standard deviations from the mean at "
        + "most; the outer bars hold what lies beyond.",
      body: """
        <form class="tools" data-filters="tensor-table" role="search" hidden>
        <label>Search <input type="search" autocomplete="off" spellcheck="false"></label>
        <label>Type <select name="type"><option value="">all</option>\
        \(types.map { "<option>\($0)</option>" as HTML })</select></label>
        <label>Holds <select name="holds"><option value="">anything</option><option value="odd">NaN or Inf</option>\
        <option value="constant">one value throughout</option></select></label>
        <output aria-live="polite"></output></form>
        <div class="scroller" tabindex="0" role="region" aria-labelledby="tensors-title">
        <table id="tensor-table" data-sorts><thead><tr>\(heads)<th scope="col">histogram</th></tr></thead>
        <tbody>
        \(tensors.map(row))
        </tbody></table></div>
        """)
  }

  private func row(_ row: TensorRow) -> HTML {
    var holds: [String] = []
    if let statistics = row.statistics {
      if statistics.nans + statistics.infinities > 0 { holds.append("odd") }
      if statistics.count > 1, statistics.minimum != nil, statistics.minimum == statistics.maximum {
        holds.append("constant")
      }
    }
    return """
      <tr data-type="\(row.tensor.elementType.rawValue)" data-holds="\(holds.joined(separator: "|"))">\
      <th scope="row"><span class="name">\(row.name)</span><details><summary>SHA-256</summary>\
      <code>\(row.digest.description)</code></details></th>\
      <td>\(row.tensor.elementType.rawValue)</td>\
      <td class="num" data-v="\(row.tensor.shape.count)">\(row.tensor.shape.dimensions.map(String.init).joined(separator: " × "))</td>\
      \(numbers(row.statistics))<td>\(row.histogram.map(picture) ?? "")</td></tr>

      """
  }

  private func numbers(_ statistics: TensorStatistics?) -> HTML {
    guard let statistics else {
      return HTML.joined((0..<6).map { _ in "<td class=\"num quiet\" data-v=\"NaN\">–</td>" as HTML })
    }
    func cell(_ value: Double?) -> HTML {
      guard let value else { return "<td class=\"num quiet\" data-v=\"NaN\">–</td>" }
      return "<td class=\"num\" data-v=\"\("\(value)")\">\(HTML.number(value))</td>"
    }
    let odd = statistics.nans + statistics.infinities
    return """
      \(cell(statistics.minimum))\(cell(statistics.maximum))\(cell(statistics.mean))\
      \(cell(statistics.standardDeviation))<td class="num" data-v="\(statistics.zeros)">\
      \(HTML.grouped(statistics.zeros))</td><td class="num\(odd > 0 ? " alarm" as HTML : "")" data-v="\(odd)">\
      \(odd == 0 ? "0" : "\(statistics.nans), \(statistics.infinities)")</td>
      """
  }

  /// Bars as one path, 32 of 4 units each.
  private func picture(_ histogram: ValueHistogram) -> HTML {
    let most = Double(histogram.counts.max() ?? 1)
    let bars = histogram.counts.enumerated().filter { $0.element > 0 }.map { place, count -> HTML in
      let length = max(0.8, 26 * Double(count) / most)
      return "M\(place * 4) 27v\(-length)h3.3v\(length)z"
    }
    // Where the range holds zero, a line says where.
    let zero =
      histogram.low < 0 && histogram.high > 0
      ? -histogram.low / (histogram.high - histogram.low) * 128 : nil
    return """
      <svg class="spark" viewBox="0 0 128 28" width="128" height="28" role="img" aria-label="from \
      \(HTML.number(histogram.low)) to \(HTML.number(histogram.high))"><path d="\(bars)"/>\
      \(zero.map { "<path class=\"axis\" d=\"M\($0) 0V28\"/>" as HTML } ?? "")</svg>
      """
  }
}
