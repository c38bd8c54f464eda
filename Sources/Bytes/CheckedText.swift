/// Why bytes from a file are not taken as a text, and where.
package struct TextFault: Error, Equatable {
  /// Bytes from the start of the text.
  package let offset: Int
  package let found: String
  package let expected: String
}

extension String {
  /// A text from a file: valid UTF-8 in the stream-safe form of Unicode (UAX #15), at most 30 combining marks
  /// in a row.
  ///
  /// Swift compares and hashes texts by their normal form, and sorts each run of marks for it in quadratic
  /// time: a name of 400 KB of marks would take 20 seconds each time a table is asked for it.
  ///
  /// - Throws: `TextFault` at the first byte that is wrong.
  package init(checking units: Span<UInt8>) throws(TextFault) {
    let isASCII: Bool
    do throws(UTF8.ValidationError) {
      let text = try UTF8Span(validating: units)
      isASCII = text.isKnownASCII
      self = String(copying: text)
    } catch {
      throw TextFault(
        offset: error.byteOffsets.lowerBound, found: "bytes that are not UTF-8", expected: "a UTF-8 text")
    }
    if !isASCII, let offset = offsetOfLongRunOfMarks {
      throw TextFault(
        offset: offset, found: "more than \(Limits.combiningMarks) combining marks in a row",
        expected: "a stream-safe text (Unicode UAX #15)")
    }
  }

  /// Where in the UTF-8 form one combining mark too many stands; nil where the text is stream-safe.
  private var offsetOfLongRunOfMarks: Int? {
    var run = 0
    for index in unicodeScalars.indices {
      let isMark = unicodeScalars[index].properties.canonicalCombiningClass != .notReordered
      run = isMark ? run + 1 : 0
      if run > Limits.combiningMarks { return utf8.distance(from: utf8.startIndex, to: index) }
    }
    return nil
  }
}
