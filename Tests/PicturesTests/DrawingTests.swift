import Pictures
import Testing

@Suite("Drawing")
struct DrawingTests {
  @Test("a written PNG is read back as the same pixels, and the same pixels give the same bytes")
  func png() throws {
    var random = SplitMix(state: 8)
    for (width, height) in [(1, 1), (3, 2), (40, 31)] {
      let pixels = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
      let picture = Picture(width: width, height: height, pixels: pixels)
      let file = try picture.png(file: "out.png")
      #expect(try Picture(of: file, "out.png") == picture)
      #expect(try picture.png(file: "again.png") == file)
    }
  }

  @Test("a label map becomes a PNG of indexed colours")
  func labels() throws {
    let map = LabelMap(width: 3, height: 1, labels: [0, 15, 255])
    let file = try map.png(.voc, file: "labels.png")
    #expect(file[25] == 3)  // the header's colour type
    let picture = try Picture(of: file, "labels.png")
    #expect(picture.pixels == [0, 0, 0, 192, 128, 128, 224, 224, 192])
  }

  @Test("palettes have the colours that their data sets publish")
  func palettes() {
    #expect(Palette.voc[1] == Color(red: 128, green: 0, blue: 0))
    #expect(Palette.voc[20] == Color(red: 0, green: 64, blue: 128))
    #expect(Palette.cityscapes[0] == Color(red: 128, green: 64, blue: 128))
    #expect(Palette.cityscapes[13] == Color(red: 0, green: 0, blue: 142))
    #expect(Palette.cityscapes[19] == .black)
    #expect(Set((0..<80).map { Palette.distinct[$0] }).count == 80)
  }

  @Test("letters are drawn as designed, each different from all others")
  func letters() {
    #expect(
      rendered("g") == [".....", ".....", ".####", "#...#", "#...#", "#...#", ".####", "....#", ".###."])
    #expect(rendered("4")[4] == "#####")
    let visible = (33...126).map { String(UnicodeScalar(UInt8($0))) }
    #expect(Set(visible.map(rendered)).count == visible.count)
    #expect(rendered("é") == rendered("\u{1F600}"))
    #expect(!visible.map(rendered).contains(rendered("é")))
  }

  @Test("a frame is as thick as asked, inside its area")
  func frame() {
    var picture = Picture(width: 7, height: 6)
    picture.draw([LabelledBox(corners: [1, 1, 5, 5], label: "", color: .white)])
    let rows = (0..<6).map { y in (0..<7).map { picture[$0, y] == .white ? "#" : "." }.joined() }
    #expect(rows == [".......", ".#####.", ".#####.", ".##.##.", ".#####.", ".#####."])
  }

  @Test("boxes beyond the picture, inside out or not numbers are clipped or left out")
  func oddBoxes() {
    let empty = Picture(width: 60, height: 40)
    let outside: [SIMD4<Double>] = [
      [70, 5, 90, 10], [-30, -30, -5, -5], [20, 30, 10, 35], [.nan, 0, 10, 10], [0, 0, 10, .nan],
      [5, 90, 9, 99],
    ]
    for corners in outside {
      var picture = empty
      picture.draw([LabelledBox(corners: corners, label: "no", color: .white)])
      #expect(picture == empty, "\(corners)")
    }
    var random = SplitMix(state: 5)
    for _ in 0..<300 {
      var picture = empty
      let bounds = [-Double.infinity, -1e300, -7.5, 0, 3, 39.9, 60, 1e9, .infinity]
      let corners = SIMD4<Double>((0..<4).map { _ in bounds.randomElement(using: &random) ?? 0 })
      picture.draw([LabelledBox(corners: corners, label: "a very long label 0.99", color: .white)])
    }
    var all = empty
    all.draw([LabelledBox(corners: [-1e9, -1e9, 1e9, 1e9], label: "", color: .white)])
    #expect(all[0, 0] == .white && all[59, 39] == .white && all[2, 2] == .black)
  }

  @Test("a label stands above its box, or inside where there is no room above")
  func labelPlace() {
    var picture = Picture(width: 60, height: 60)
    picture.draw([LabelledBox(corners: [2, 30, 50, 50], label: "a", color: .white)])
    #expect(picture[2, 20] == .white && picture[2, 35] == .white && picture[2, 10] == .black)
    picture = Picture(width: 60, height: 60)
    picture.draw([LabelledBox(corners: [2, 4, 50, 50], label: "a", color: .white)])
    #expect(picture[2, 3] == .black && picture[8, 6] == .white)
  }

  @Test("a segmentation tints each pixel by its class, and the legend stands below")
  func segmentation() {
    let picture = Picture(width: 40, height: 20, filledWith: Color(0x404040))
    let map = LabelMap(width: 2, height: 1, labels: [0, 9]).resized(width: 40, height: 20)
    #expect(picture.tinted(by: map, .voc, opacity: 256)[39, 3] == Palette.voc[9])
    #expect(picture.tinted(by: map, .voc, opacity: 0) == picture)
    #expect(picture.tinted(by: map, .voc, opacity: 128)[19, 0] == Color(0x202020))
    let legend = picture.withLegend([(.black, "road"), (Color(0xFF0000), "car")])
    #expect(legend.width == 40 && legend.height > 20 && legend[3, 23] == .black)
    #expect(picture.withLegend([]) == picture)
  }

  @Test("labels on another grid are those of the nearest pixel")
  func nearest() {
    let map = LabelMap(width: 3, height: 2, labels: [1, 2, 3, 4, 5, 6])
    #expect(map.resized(width: 6, height: 2).labels == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
    #expect(map.resized(width: 1, height: 1).labels == [5])
    #expect(map.resized(width: 3, height: 2) == map)
    #expect(map.histogram[5] == 1 && map.histogram[0] == 0)
  }
}

private func rendered(_ letter: String) -> [String] {
  var picture = Picture(width: 5, height: 9)
  picture.write(letter, x: 0, y: 0, size: 1, .white)
  return (0..<9).map { y in (0..<5).map { picture[$0, y] == .white ? "#" : "." }.joined() }
}
