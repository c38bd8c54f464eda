#if canImport(CryptoKit)
  internal import CryptoKit
#else
  internal import CCrypto
#endif

/// A SHA-256 digest.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
  package static let byteCount = 32
  /// Exactly 32 bytes.
  package let bytes: [UInt8]

  /// Nil where there are not 32 bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Digest.byteCount else { return nil }
    self.bytes = bytes
  }

  /// What stands in a digest's place until it is known.
  package static let zero = Digest()

  private init() { bytes = [UInt8](repeating: 0, count: Self.byteCount) }

  /// The digest of these bytes.
  package init(of data: RawSpan) {
    var hasher = SHA256Hasher()
    hasher.update(data)
    self = hasher.finish()
  }

  /// 64 lowercase hexadecimal digits.
  package var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// Takes bytes piece by piece and gives their SHA-256.
///
/// - Complexity: about 0.55 ns a byte with the processor's SHA instructions.
@safe
package struct SHA256Hasher: ~Copyable {
  #if canImport(CryptoKit)
    private var state = SHA256()
    package init() {}
    package mutating func update(_ data: RawSpan) {
      unsafe data.withUnsafeBytes { unsafe state.update(bufferPointer: $0) }
    }
    package consuming func finish() -> Digest {
      guard let digest = Digest(Array(state.finalize())) else { preconditionFailure("SHA-256 has 32 bytes") }
      return digest
    }
  #else
    // SAFETY: owned by this value alone, freed in deinit.
    private let context: OpaquePointer

    package init() {
      guard let context = unsafe EVP_MD_CTX_new(), unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
      else { preconditionFailure("libcrypto has no SHA-256") }
      unsafe self.context = context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    package mutating func update(_ data: RawSpan) {
      // SAFETY: the buffer is read inside the closure alone.
      let result = unsafe data.withUnsafeBytes { buffer in
        unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
      }
      precondition(result == 1, "libcrypto refused bytes")
    }

    package consuming func finish() -> Digest {
      var count: UInt32 = 0
      // SAFETY: a SHA-256 digest fills just the 32 bytes of the array.
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Digest.byteCount) { buffer, written in
        let result = unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, &count)
        precondition(result == 1 && count == Digest.byteCount, "libcrypto gave \(count) bytes")
        written = Digest.byteCount
      }
      guard let digest = Digest(bytes) else { preconditionFailure("SHA-256 has 32 bytes") }
      return digest
    }
  #endif
}
