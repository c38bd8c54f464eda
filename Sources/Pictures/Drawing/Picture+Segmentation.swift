extension Picture {
  /// The picture with each pixel tinted in its class's colour; `opacity` of 256 shows the colours alone.
  ///
  /// - Precondition: the map is of the picture's size, and the opacity 0 to 256.
  package func tinted(by labels: LabelMap, _ palette: Palette, opacity: Int = 144) -> Picture {
    precondition(labels.width == width && labels.height == height, "\(labels.width)×\(labels.height)")
    precondition(0...256 ~= opacity, "\(opacity)")
    var result = self
    let colors = (0..<256).map { palette[$0] }
    for (pixel, label) in labels.labels.enumerated() {
      let color = colors[Int(label)]
      for (channel, top) in [color.red, color.green, color.blue].enumerated() {
        let place = 3 * pixel + channel
        let sum = Int(top) * opacity + Int(pixels[place]) * (256 - opacity) + 128
        result.pixels[place] = UInt8(sum >> 8)
      }
    }
    return result
  }

  /// The picture with a strip below it that names colours, in as many lines as they need.
  package func withLegend(_ entries: [(color: Color, name: String)]) -> Picture {
    guard !entries.isEmpty, width > 0 else { return self }
    let size = legibleSize
    let line = (BitmapFont.height + 4) * size
    // Where each entry goes: its line, and its pixels from the left.
    var places: [(line: Int, left: Int)] = []
    var next = (line: 0, left: 2 * size)
    for entry in entries {
      let extent = line + Picture.extent(of: entry.name, size: size).width + 4 * size
      if next.left + extent > width, next.left > 2 * size { next = (next.line + 1, 2 * size) }
      places.append(next)
      next.left += extent
    }
    let strip = Picture(width: width, height: (next.line + 1) * line + 2 * size, filledWith: .white)
    var result = Picture(width: width, height: height + strip.height, pixels: pixels + strip.pixels)
    for (entry, place) in zip(entries, places) {
      let top = height + place.line * line + 2 * size
      let side = BitmapFont.height * size
      result.fill(
        PixelArea(columns: place.left..<place.left + side, rows: top..<top + side), entry.color)
      result.write(entry.name, x: place.left + side + 2 * size, y: top + size, size: size, .black)
    }
    return result
  }
}
