internal import Bytes

/// How stored pixels are turned and mirrored to stand upright: EXIF's orientation (CIPA DC-008, tag 0x0112).
package enum Turn: Int, Sendable, CaseIterable {
  case none = 1
  case mirrored, half, flipped, transposed, quarter, transversed, threeQuarters

  /// Whether rows become columns.
  package var swapsSides: Bool { rawValue >= 5 }

  /// Reads the orientation out of an EXIF block, a TIFF file of its own; nil where there is no valid one.
  init?(exif block: RawSpan) {
    var reader = ByteReader(block, file: "")
    guard let order = try? reader.read(UInt16.self, "byte order"), order == 0x4949 || order == 0x4D4D
    else { return nil }
    let isBig = order == 0x4D4D
    guard let magic = try? reader.read(UInt16.self, "magic"), (isBig ? magic.byteSwapped : magic) == 42,
      let stored = try? reader.read(UInt32.self, "place of the directory"),
      case let place = Int(isBig ? stored.byteSwapped : stored), place >= 8, place <= block.byteCount
    else { return nil }
    var directory = ByteReader(block.extracting(place..<block.byteCount), file: "")
    guard let stored = try? directory.read(UInt16.self, "entries") else { return nil }
    for _ in 0..<(isBig ? stored.byteSwapped : stored) {
      guard let tag = try? directory.read(UInt16.self, "tag"),
        let type = try? directory.read(UInt16.self, "type"),
        (try? directory.skip(4, "count")) != nil,
        let value = try? directory.read(UInt16.self, "value"),
        (try? directory.skip(2, "rest of the value")) != nil
      else { return nil }
      guard (isBig ? tag.byteSwapped : tag) == 0x0112, (isBig ? type.byteSwapped : type) == 3 else {
        continue
      }
      self.init(rawValue: Int(isBig ? value.byteSwapped : value))
      return
    }
    return nil
  }
}

extension Picture {
  /// The pixels turned and mirrored.
  package func turned(_ turn: Turn) -> Picture {
    guard turn != .none else { return self }
    var target =
      turn.swapsSides ? Picture(width: height, height: width) : Picture(width: width, height: height)
    for y in 0..<target.height {
      for x in 0..<target.width {
        let (column, row) =
          switch turn {
          case .none: (x, y)
          case .mirrored: (width - 1 - x, y)
          case .half: (width - 1 - x, height - 1 - y)
          case .flipped: (x, height - 1 - y)
          case .transposed: (y, x)
          case .quarter: (y, height - 1 - x)
          case .transversed: (width - 1 - y, height - 1 - x)
          case .threeQuarters: (width - 1 - y, x)
          }
        target[x, y] = self[column, row]
      }
    }
    return target
  }
}
