import Bytes
import Testing

@Suite("JSON parser")
struct JSONParserTests {
  private func parse(
    _ text: String, _ budget: JSONValue.Budget = JSONValue.Budget()
  ) throws(ByteError) -> JSONValue {
    try parse(Array(text.utf8), budget)
  }

  private func parse(
    _ bytes: [UInt8], _ budget: JSONValue.Budget = JSONValue.Budget()
  ) throws(ByteError) -> JSONValue {
    try JSONValue(parsing: bytes.span.bytes, file: "f.json", budget: budget)
  }

  @Test("a document keeps the order of its keys and tells integers from other numbers")
  func document() throws {
    let value = try parse(#" {"b": [1, -2.5, true, false, null], "a": {"": "x"}, "c": [], "d": {}} "#)
    #expect(value.objectValue?.keys == ["b", "a", "c", "d"])
    #expect(value["b"] == [1, -2.5, true, false, nil])
    #expect(value["a"]?[""] == "x")
    #expect(value["b"]?[1]?.numberValue == -2.5)
    #expect(value["b"]?[9] == nil)
  }

  @Test(
    "numbers are kept exactly",
    arguments: [
      ("9223372036854775807", JSONValue.integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("0", .integer(0)), ("1e2", .number(100)), ("-0.0", .number(-0.0)), ("1.5E-3", .number(0.0015)),
      ("4.9406564584124654e-324", .number(.leastNonzeroMagnitude)), ("1e-400", .number(0)),
    ])
  func numbers(text: String, value: JSONValue) throws { #expect(try parse(text) == value) }

  @Test("a negative zero keeps its sign")
  func negativeZero() throws {
    #expect(try parse("-0").numberValue?.sign == .minus)
  }

  @Test(
    "escapes become their characters",
    arguments: [
      (#""\" \\ \/ \b\f\n\r\t""#, "\" \\ / \u{8}\u{C}\n\r\t"), (#""a\u00e9\u4e2d""#, "aé中"),
      (#""\ud83d\ude00""#, "😀"), (#""\u0000""#, "\0"), ("\"é中😀\"", "é中😀"),
    ])
  func escapes(json: String, text: String) throws { #expect(try parse(json) == .text(text)) }

  @Test(
    "what is no JSON is refused with its byte and the way to it",
    arguments: [
      ("", "f.json: at byte 0: found the end of the file, expected a JSON value"),
      ("nul", "f.json: at byte 0: found 'n', expected 'null'"),
      ("NaN", "f.json: at byte 0: found 'N', expected a JSON value"),
      ("[1,]", "f.json: [1] at byte 3: found ']', expected a JSON value"),
      ("[1 2]", "f.json: [0] at byte 3: found '2', expected ',' or ']'"),
      ("[1", "f.json: [0] at byte 2: found the end of the file, expected ',' or ']'"),
      (#"{"a": {"b": [0, x]}}"#, "f.json: a.b[1] at byte 16: found 'x', expected a JSON value"),
      (#"{"a" 1}"#, "f.json: a at byte 5: found '1', expected ':'"),
      ("{a: 1}", "f.json: at byte 1: found 'a', expected a key in quotes"),
      (#"{"a": 1, }"#, "f.json: a at byte 9: found '}', expected a key in quotes"),
      (#"{"a": 1, "a": 2}"#, "f.json: a at byte 9: found this key twice, expected each key once"),
      ("{} {}", "f.json: at byte 3: found '{', expected the end of the document"),
      ("01", "f.json: at byte 0: found a zero before other digits, expected a number"),
      ("-", "f.json: at byte 1: found the end of the file, expected a digit"),
      ("1.", "f.json: at byte 2: found the end of the file, expected a digit behind the point"),
      ("1e+", "f.json: at byte 3: found the end of the file, expected a digit of the exponent"),
      (
        "9223372036854775808",
        "f.json: at byte 0: found 9223372036854775808, expected an integer of 64 bits"
      ),
      ("1e999", "f.json: at byte 0: found 1e999, expected a number that a double holds"),
      ("\"a\u{1}\"", "f.json: at byte 2: found byte 0x01, expected the rest of a text, or its '\"'"),
      ("\"ab", "f.json: at byte 3: found the end of the file, expected the rest of a text, or its '\"'"),
      (#""\x""#, "f.json: at byte 2: found 'x', expected one of \" \\ / b f n r t u behind a backslash"),
      (#""\u12g4""#, "f.json: at byte 5: found 'g', expected four hexadecimal digits"),
      (
        #""a\ud83dx""#,
        "f.json: at byte 2: found half of a surrogate pair, expected both halves, as '\\ud83d\\ude00'"
      ),
      (
        #""\ude00""#,
        "f.json: at byte 1: found half of a surrogate pair, expected both halves, as '\\ud83d\\ude00'"
      ),
      (
        #""\ud83d\u0041""#,
        "f.json: at byte 1: found half of a surrogate pair, expected both halves, as '\\ud83d\\ude00'"
      ),
      ("\u{FEFF}{}", "f.json: at byte 0: found byte 0xef, expected a JSON value"),
    ])
  func refusals(text: String, message: String) {
    let error = #expect(throws: ByteError.self) { try parse(text) }
    #expect(error?.description == message)
  }

  @Test("bytes that are not UTF-8 are refused at the first of them")
  func notUTF8() {
    let error = #expect(throws: ByteError.self) { try parse([0x5B, 0x22, 0x61, 0xFF, 0x22, 0x5D]) }
    #expect(
      error?.description == "f.json: [0] at byte 3: found bytes that are not UTF-8, expected a UTF-8 text")
  }

  @Test("depth, size and count of values have their budgets")
  func budgets() throws {
    var budget = JSONValue.Budget()
    let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(throws: Never.self) { try parse(deepest) }
    #expect(throws: ByteError.self) { try parse("[" + deepest + "]") }
    let hostile = #expect(throws: ByteError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
    #expect(
      hostile?.reason == .limit(name: "jsonDepth", found: "a list or object inside 64 others", limit: 64))
    budget.values = 3
    #expect(try parse("[1,2]", budget) == [1, 2])
    #expect(throws: ByteError.self) { try parse("[1,2,3]", budget) }
    budget.bytes = 4
    #expect(throws: ByteError.self) { try parse("[1,2]", budget) }
    #expect(throws: ByteError.self) { try parse("0." + String(repeating: "0", count: 2000)) }
  }

  @Test("an object of many keys finds each, and a repeated one among them")
  func manyKeys() throws {
    let members = (0..<20_000).map { "\"k\($0)\": \($0)" }
    let value = try parse("{" + members.joined(separator: ",") + "}")
    #expect(value["k19999"] == 19999)
    #expect(value["k3"] == 3)
    #expect(value["k20000"] == nil)
    #expect(throws: ByteError.self) { try parse("{" + members.joined(separator: ",") + ",\"k7\": 0}") }
  }

  @Test("long runs of combining marks, which Swift hashes in quadratic time, are refused")
  func marks() throws {
    let few = "a" + String(repeating: "\u{301}", count: 30)
    #expect(try parse("\"" + few + "\"") == .text(few))
    let error = #expect(throws: ByteError.self) { try parse("\"" + few + "\u{316}\"") }
    #expect(error?.offset == 62)
  }

  @Test("every prefix and every flipped byte of a document is read or refused, never a trap")
  func hostile() {
    let document = Array(
      #"{"nodes": [{"op": "n\u00e9\ud83d\ude00", "x": [0, -1.5e+3, true, null]}], "é": {}}"#.utf8)
    for count in 0..<document.count {
      #expect(throws: ByteError.self) { try parse(Array(document[..<count])) }
    }
    for place in document.indices {
      for bit in 0..<8 {
        var changed = document
        changed[place] ^= 1 << bit
        _ = try? parse(changed)
      }
    }
  }
}
