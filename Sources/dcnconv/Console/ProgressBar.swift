internal import Synchronization

/// A bar with rate and time left on standard error, for work that takes over a second and that a person watches.
final class ProgressBar: Sendable {
  private struct State {
    var lastDrawn = ContinuousClock.now
    var isOnScreen = false
  }

  private let title: String
  /// What is counted, such as layers; nil for bytes.
  private let unit: String?
  private let isShown: Bool
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  init(_ title: String, _ options: CommonOptions, counting unit: String? = nil) {
    self.title = title
    self.unit = unit
    isShown = !options.quiet && Console.standardError.isTerminal
  }

  /// Says how much is done; draws at most ten times a second, and nothing in the first.
  func update(done: Int, total: Int) {
    guard isShown, total > 0 else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      guard now - start > .seconds(1), now - state.lastDrawn > .milliseconds(100) else { return }
      state.lastDrawn = now
      state.isOnScreen = true
      Console.standardError.write("\r" + line(done: done, total: total, elapsed: now - start) + "\u{1B}[K")
    }
  }

  /// Takes the bar off the screen.
  func finish() {
    state.withLock { state in
      if state.isOnScreen { Console.standardError.write("\r\u{1B}[K") }
      state.isOnScreen = false
    }
  }

  private func line(done: Int, total: Int, elapsed: Duration) -> String {
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    let share = min(1, Double(done) / Double(total))
    let rate = Double(done) / seconds
    let left = rate > 0 ? Double(total - done) / rate : 0
    let amount = unit.map { "\(done) of \(total) \($0)" } ?? "\(byteText(done)) of \(byteText(total))"
    let speed = unit.map { "\(fixed(rate, 1)) \($0)/s" } ?? "\(byteText(Int(rate)))/s"
    let numbers = [
      "\(Int(share * 100)) %", amount, speed, "\(Int(left.rounded(.up))) s left",
    ].reduce("") { $0 + "  " + $1 }
    let room = (Console.standardError.width ?? 80) - title.count - numbers.count - 4
    guard room >= 8 else { return title + numbers }
    let filled = Int(share * Double(room))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: room - filled)
    return "\(title) \(bar)\(numbers)"
  }
}
