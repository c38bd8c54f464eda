extension String {
  /// The text with control, bidirectional and line-separating characters written as `\u{…}`.
  ///
  /// Names come from files; printed raw they could move a terminal's cursor or hide text.
  package var escapedForDisplay: String {
    guard unicodeScalars.contains(where: \.isHiddenFromDisplay) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      if scalar.isHiddenFromDisplay {
        text += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

extension Unicode.Scalar {
  fileprivate var isHiddenFromDisplay: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
    default: false
    }
  }
}
