internal import Bytes
internal import Foundation

/// One of the program's output streams.
struct Console {
  static let standardOutput = Console(descriptor: STDOUT_FILENO)
  static let standardError = Console(descriptor: STDERR_FILENO)

  let descriptor: Int32

  /// Whether a person looks at it.
  var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Columns of the terminal; nil where it is none.
  var width: Int? {
    var size = winsize()
    guard isTerminal, unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }

  /// Writes all of the text; a reader that went away ends the program quietly, as SIGPIPE would.
  func write(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      // SAFETY: the buffer is read inside the closure alone.
      let count = unsafe rest.withUnsafeBytes {
        unsafe Foundation.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0 {
        if errno == EINTR { continue }
        exit(ExitStatus.environment.rawValue)
      }
      rest = rest.dropFirst(count)
    }
  }
}

/// How text is coloured, where it is.
enum Style: String {
  case bold = "1"
  case dim = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"
  case cyan = "36"
}

/// Prints for people: coloured where that was asked for, or where a terminal looks on.
struct Printer {
  let console: Console
  let isColored: Bool

  init(_ console: Console = .standardOutput, _ options: CommonOptions) {
    self.console = console
    isColored =
      switch options.color {
      case .always: true
      case .never: false
      // https://no-color.org
      case .auto: console.isTerminal && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty
      }
  }

  func styled(_ text: String, _ style: Style) -> String {
    isColored ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  func print(_ line: String = "") { console.write(line + "\n") }
}
