import Tensors
import TestSupport
import Testing

/// Two messages at once, by the processor's instructions and by the library.
@Suite("SHA-256 of two messages at once")
struct PairedSHA256HasherTests {
  private static let ways = PairedSHA256Hasher.hasInstructions ? [true, false] : [false]

  private static let random: [UInt8] = {
    var generator = SeededGenerator(seed: 256)
    return (0..<5000).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }()

  /// The digest of a message whose blocks are added in pieces of so many bytes.
  private func digest(_ message: [UInt8], pieces: Int, usesInstructions: Bool) -> Digest {
    var hasher = PairedSHA256Hasher(usesInstructions: usesInstructions)
    let whole = message.count / 64 * 64
    for start in stride(from: 0, to: whole, by: pieces) {
      hasher.update(message.span.bytes.extracting(start..<min(start + pieces, whole)))
    }
    return hasher.finish(message.span.bytes.extracting(whole..<message.count))
  }

  @Test("gives the digests of FIPS 180-4's examples", arguments: ways)
  func standard(usesInstructions: Bool) {
    let examples = [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 1_000_000),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ]
    for (text, expected) in examples {
      let found = digest(Array(text.utf8), pieces: 6400, usesInstructions: usesInstructions)
      #expect(found.description == expected)
    }
  }

  @Test("is the library's for every length, whatever the pieces", arguments: ways)
  func lengths(usesInstructions: Bool) {
    for count in 0...300 {
      let message = Array(Self.random[count..<2 * count])
      let expected = Digest(of: message.span.bytes)
      #expect(digest(message, pieces: 64, usesInstructions: usesInstructions) == expected, "\(count) bytes")
      #expect(digest(message, pieces: 192, usesInstructions: usesInstructions) == expected, "\(count) bytes")
    }
  }

  @Test("keeps two messages apart, whatever their lengths and wherever they stand", arguments: ways)
  func pairs(usesInstructions: Bool) {
    var generator = SeededGenerator(seed: 64)
    var first = PairedSHA256Hasher(usesInstructions: usesInstructions)
    var second = PairedSHA256Hasher(usesInstructions: usesInstructions)
    for _ in 0..<200 {
      let bytes = Self.random.span.bytes
      let a = bytes.extracting(Int.random(in: 0..<2000, using: &generator)..<bytes.byteCount)
      let b = bytes.extracting(Int.random(in: 0..<5000, using: &generator)..<bytes.byteCount)
      let common = min(a.byteCount, b.byteCount) / 64 * 64
      let wholeA = a.byteCount / 64 * 64
      let wholeB = b.byteCount / 64 * 64
      // Alone, together, and alone again, as many blocks as there are.
      let lead = min(64, wholeA - common)
      first.update(a.extracting(0..<lead))
      PairedSHA256Hasher.update(
        &first, a.extracting(lead..<lead + common), &second, b.extracting(0..<common))
      first.update(a.extracting(lead + common..<wholeA))
      second.update(b.extracting(common..<wholeB))
      // What a hasher finishes leaves nothing for its next message.
      #expect(first.finish(a.extracting(wholeA..<a.byteCount)) == Digest(of: a), "\(a.byteCount) bytes")
      #expect(second.finish(b.extracting(wholeB..<b.byteCount)) == Digest(of: b), "\(b.byteCount) bytes")
    }
  }

  @Test("traps where bytes are no whole blocks, or one message has more than the other")
  func misuse() async {
    await #expect(processExitsWith: .failure) {
      var hasher = PairedSHA256Hasher()
      hasher.update([UInt8](repeating: 0, count: 63).span.bytes)
    }
    await #expect(processExitsWith: .failure) {
      var first = PairedSHA256Hasher()
      var second = PairedSHA256Hasher()
      let bytes = [UInt8](repeating: 0, count: 128)
      PairedSHA256Hasher.update(
        &first, bytes.span.bytes, &second, bytes.span.bytes.extracting(0..<64))
    }
    await #expect(processExitsWith: .failure) {
      var hasher = PairedSHA256Hasher()
      _ = hasher.finish([UInt8](repeating: 0, count: 64).span.bytes)
    }
  }
}
