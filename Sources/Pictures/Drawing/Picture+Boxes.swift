internal import Bytes

/// A frame with a name, as detections are drawn.
package struct LabelledBox: Hashable, Sendable {
  /// Left, top, right, bottom in pixels, the last two inside the box.
  package var corners: SIMD4<Double>
  package var label: String
  package var color: Color

  package init(corners: SIMD4<Double>, label: String, color: Color) {
    self.corners = corners
    self.label = label
    self.color = color
  }
}

extension Picture {
  /// Draws boxes in their order, so that the last lies on top, with their labels above them where there is room.
  package mutating func draw(_ boxes: [LabelledBox]) {
    let size = legibleSize
    let placed = boxes.compactMap { box in area(of: box).map { (box, $0) } }
    for (box, area) in placed { frame(area, box.color, thickness: size + 1) }
    // Labels come after all frames, which would cut through them.
    for (box, area) in placed { tag(box, area, size) }
  }

  /// The box's pixels inside the picture; nil for corners that are no numbers or a box that is all outside.
  private func area(of box: LabelledBox) -> PixelArea? {
    let last = SIMD4(Double(width - 1), Double(height - 1), Double(width - 1), Double(height - 1))
    let corners = box.corners.rounded(.down)
    guard all(corners .== corners), corners.x <= corners.z, corners.y <= corners.w,
      corners.x <= last.x, corners.y <= last.y, corners.z >= 0, corners.w >= 0
    else { return nil }
    // Clipped before integers are made: a box may be anywhere.
    let inside = corners.clamped(lowerBound: .zero, upperBound: last)
    guard let left = Int(checked: inside.x), let top = Int(checked: inside.y),
      let right = Int(checked: inside.z), let bottom = Int(checked: inside.w)
    else { return nil }
    return PixelArea(columns: left..<right + 1, rows: top..<bottom + 1)
  }

  private mutating func tag(_ box: LabelledBox, _ area: PixelArea, _ size: Int) {
    guard !box.label.isEmpty else { return }
    let text = Picture.extent(of: box.label, size: size)
    let plate = (width: text.width + 4 * size, height: text.height + 2 * size)
    let left = max(min(area.columns.lowerBound, width - plate.width), 0)
    let above = area.rows.lowerBound - plate.height
    // Without room above, the label stands inside the frame.
    let top = above >= 0 ? above : area.rows.lowerBound
    fill(PixelArea(columns: left..<left + plate.width, rows: top..<top + plate.height), box.color)
    write(box.label, x: left + 2 * size, y: top + size + size / 2, size: size, box.color.legibleInk)
  }
}
