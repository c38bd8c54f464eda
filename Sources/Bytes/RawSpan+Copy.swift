extension MutableRawSpan {
  /// Copies bytes over those that start at `offset`.
  ///
  /// - Precondition: they fit.
  @_lifetime(self: copy self)
  package mutating func copy(_ source: RawSpan, toByteOffset offset: Int) {
    precondition(offset >= 0 && offset <= byteCount - source.byteCount, "\(source.byteCount) to \(offset)")
    // SAFETY: the bytes fit, as just checked, and both buffers are used inside the closures alone.
    unsafe withUnsafeMutableBytes { target in
      unsafe source.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyMemory(from: source)
      }
    }
  }
}
