/// A part of a picture, in pixels; it may reach beyond the picture's edges.
package struct PixelArea: Hashable, Sendable {
  package var columns: Range<Int>
  package var rows: Range<Int>

  package init(columns: Range<Int>, rows: Range<Int>) {
    self.columns = columns
    self.rows = rows
  }
}

extension Picture {
  /// Lays a colour over a part; `opacity` of 256 hides what was there.
  ///
  /// - Precondition: the opacity is 0 to 256.
  package mutating func fill(_ area: PixelArea, _ color: Color, opacity: Int = 256) {
    precondition(0...256 ~= opacity, "\(opacity)")
    let columns = area.columns.clamped(to: 0..<width)
    for y in area.rows.clamped(to: 0..<height) {
      for x in columns { self[x, y] = color.blended(over: self[x, y], opacity: opacity) }
    }
  }

  /// Draws a frame whose lines lie inside the area.
  package mutating func frame(_ area: PixelArea, _ color: Color, thickness: Int) {
    let columns = area.columns
    let rows = area.rows
    let across = min(thickness, columns.count)
    let down = min(thickness, rows.count)
    fill(PixelArea(columns: columns, rows: rows.lowerBound..<rows.lowerBound + down), color)
    fill(PixelArea(columns: columns, rows: rows.upperBound - down..<rows.upperBound), color)
    fill(PixelArea(columns: columns.lowerBound..<columns.lowerBound + across, rows: rows), color)
    fill(PixelArea(columns: columns.upperBound - across..<columns.upperBound, rows: rows), color)
  }

  /// Pixels that a text takes; `size` is the pixels of a letter's cell.
  package static func extent(of text: String, size: Int) -> (width: Int, height: Int) {
    (max(text.count * BitmapFont.advance - 1, 0) * size, BitmapFont.height * size)
  }

  /// Writes one line whose upper left corner is at (x, y).
  package mutating func write(_ text: String, x: Int, y: Int, size: Int, _ color: Color) {
    for (index, letter) in text.enumerated() {
      let left = x + index * BitmapFont.advance * size
      guard left < width else { return }
      for row in 0..<BitmapFont.height {
        for column in 0..<BitmapFont.width where BitmapFont.isInked(letter, column: column, row: row) {
          let cell = PixelArea(
            columns: left + column * size..<left + (column + 1) * size,
            rows: y + row * size..<y + (row + 1) * size)
          fill(cell, color)
        }
      }
    }
  }

  /// Pixels of a letter's cell that suit a picture of this size.
  package var legibleSize: Int { min(max(min(width, height) / 250, 1), 4) }
}
