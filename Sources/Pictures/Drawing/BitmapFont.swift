/// Letters of 5 × 9 cells, drawn for this project: seven rows on the line and two below it.
enum BitmapFont {
  /// Cells of a letter, and from one letter to the next.
  static let width = 5
  static let height = 9
  static let advance = 6

  /// Whether the cell of the letter is inked; letters outside ASCII are shown as a frame.
  static func isInked(_ letter: Character, column: Int, row: Int) -> Bool {
    let value = letter.asciiValue.map { Int($0) - 32 } ?? -1
    let rows = letters.indices ~= value ? letters[value] : unknown
    return row < rows.count && rows[row] >> (width - 1 - column) & 1 == 1
  }

  private static let unknown = decode("VHHHHHV")

  /// From the space on, in ASCII's order. A digit of base 32 is a row, its highest bit the left cell.
  private static let letters = """
    0000000 4444404 AAA0000 AAVAVAA 4FKE5U4 OP248J3 CIK8LID 4400000 2488842 8422248 04LEL40 044V440 000000C48
    000V000 00000CC 01248G0
    EHJLPHE 4C4444E EH1248V V2421HE 26AIV22 VGU11HE 68GUHHE V124888 EHHEHHE EHHF12C
    0CC0CC0 0CC00C48 248G842 00V0V00 8421248 EH12404 EH1DLLE
    EHHVHHH UHHUHHU EHGGGHE SIHHHIS VGGUGGV VGGUGGG EHGNHHF HHHVHHH E44444E 72222IC HIKOKIH GGGGGGV HRLLHHH
    HPPLJJH EHHHHHE UHHUGGG EHHHLID UHHUKIH FGGE11U V444444 HHHHHHE HHHHHA4 HHHLLRH HHA4AHH HHA4444 V1248GV
    E88888E 0G84210 E22222E 4AH0000 0000000V 8420000
    00E1FHF GGUHHHU 00EHGHE 11FHHHF 00EHVGE 698S888 00FHHHF1E GGUHHHH 40C444E 2062222IC GGIKOKI C44444E 00QLLLL
    00UHHHH 00EHHHE 00UHHHUGG 00FHHHF11 00MPGGG 00FGE1U 88S8896 00HHHJD 00HHHA4 00HHLLA 00HA4AH 00HHHHF1E 00V248V
    2448442 4444444 8442448 008L200
    """.split(whereSeparator: \.isWhitespace).map(decode)

  private static func decode(_ digits: some StringProtocol) -> [Int] {
    digits.map { $0.hexDigitValue ?? Int($0.asciiValue ?? 71) - 55 }
  }
}
