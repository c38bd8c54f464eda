import Bytes
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
  private let value: JSONValue = [
    "b": [1, 2.5, "x"], "a": [["k": nil], [true]], "e": [], "o": [:], "n": -0.0,
  ]

  @Test("one value gives one text in each layout, in the order of its members")
  func layouts() {
    #expect(
      value.written(.compact) == #"{"b":[1,2.5,"x"],"a":[{"k":null},[true]],"e":[],"o":{},"n":-0.0}"#)
    #expect(
      value.written(.indented) == """
        {
          "b": [1, 2.5, "x"],
          "a": [
            {
              "k": null
            },
            [true]
          ],
          "e": [],
          "o": {},
          "n": -0.0
        }
        """)
  }

  @Test("what is written reads back as the same value", arguments: [JSONValue.Layout.compact, .indented])
  func roundTrip(layout: JSONValue.Layout) throws {
    let bytes = Array(value.written(layout).utf8)
    #expect(try JSONValue(parsing: bytes.span.bytes, file: "") == value)
  }

  @Test(
    "doubles are written so short that they still read back, infinities as words",
    arguments: [
      (0.1, "0.1"), (1e-5, "1e-05"), (.leastNonzeroMagnitude, "5e-324"), (1e16, "1e+16"), (100, "100.0"),
      (.infinity, "\"Infinity\""), (-.infinity, "\"-Infinity\""), (.nan, "\"NaN\""),
    ])
  func doubles(value: Double, text: String) { #expect(JSONValue.number(value).written() == text) }

  @Test("quotes, backslashes and control characters are escaped, letters are not")
  func escapes() throws {
    let text = "\"\\/\n\r\t\u{0}\u{1F}\u{7F}é中😀"
    #expect(text.quotedForJSON == #""\"\\/\n\r\t\u0000\u001f\#u{7F}é中😀""#)
    let bytes = Array(text.quotedForJSON.utf8)
    #expect(try JSONValue(parsing: bytes.span.bytes, file: "") == .text(text))
  }

  @Test("a member that is set again keeps its place, one set to nil goes")
  func objects() {
    var object: JSONObject = ["a": 1, "b": 2, "c": 3]
    object["a"] = 4
    object["b"] = nil
    object["d"] = 5
    let repeated = object.append("a", 6)
    #expect(!repeated)
    #expect(object == ["a": 4, "c": 3, "d": 5])
    #expect(object.keys == ["a", "c", "d"])
  }
}
