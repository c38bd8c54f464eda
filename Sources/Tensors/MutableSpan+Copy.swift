extension MutableSpan where Element: TensorElement {
  /// Copies elements over those that start at `offset`.
  ///
  /// - Precondition: they fit.
  @_lifetime(self: copy self)
  package mutating func copy(_ source: Span<Element>, to offset: Int) {
    precondition(offset >= 0 && offset <= count - source.count, "\(source.count) to \(offset) of \(count)")
    // SAFETY: the elements fit, as just checked, and both buffers are used inside the closures alone.
    unsafe withUnsafeMutableBufferPointer { target in
      unsafe source.withUnsafeBufferPointer { source in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        unsafe (to + offset).update(from: from, count: source.count)
      }
    }
  }
}
