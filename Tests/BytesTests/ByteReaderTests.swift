import Bytes
import Testing

@Suite("ByteReader")
struct ByteReaderTests {
  @Test("a read past the end says what was needed, what remains and where")
  func truncated() throws {
    let bytes: [UInt8] = [1, 0, 0, 0, 7]
    let error = #expect(throws: ByteError.self) {
      var reader = ByteReader(bytes.span.bytes, file: "w.params", origin: 100)
      let first = try reader.read(UInt32.self, "first")
      #expect(first == 1)
      _ = try reader.read(UInt32.self, "second")
    }
    #expect(error?.description == "w.params: second at byte 104: needs 4 bytes, 1 remain (file truncated?)")
  }

  @Test("text that is not UTF-8 is refused at its first bad byte")
  func badText() throws {
    let bytes: [UInt8] = [0x61, 0xC3, 0x28]
    let error = #expect(throws: ByteError.self) {
      var reader = ByteReader(bytes.span.bytes, file: "f")
      _ = try reader.text(3, "name")
    }
    #expect(error?.offset == 1)
  }
}
