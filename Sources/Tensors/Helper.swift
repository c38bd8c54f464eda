internal import CProcessor
internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A thread that helps with parallel work, and waits for more.
///
/// Waking a sleeping thread takes 0.2 ms on a virtual machine, longer than many steps of a network: helpers look
/// for new work a while before they sleep, and who has work for them does not wait for those that still do. Some
/// systems wake it on the waker's own processor, where it waits for its turn while another is idle: it is sent
/// elsewhere before.
final class Helper: Sendable {
  /// More than the other processors would take turns.
  private static let most = Threads.available.count - 1
  private static let idle = Mutex<[Helper]>([])
  private let work = Mutex<(@Sendable () -> Void)?>(nil)
  /// The thread's number; 0 before it runs.
  private let thread = Atomic<Int32>(0)
  private let begun = Signal()
  private let done = Signal()

  private init() {
    DispatchQueue(label: "dcnconv.helper").async {
      self.thread.store(dcn_begin_placement(), ordering: .relaxed)
      while true {
        if self.begun.wait() { dcn_place_anywhere() }
        if self.runWork() { self.done.send() }
      }
    }
  }

  /// Runs `body` on this thread and on up to so many others, each with a number of its own; returns when none of
  /// them runs it any more.
  static func run(with others: Int, _ body: @escaping @Sendable (_ worker: Int) -> Void) {
    let count = min(others, most)
    let helpers = idle.withLock { idle in
      let taken = Array(idle.suffix(count))
      idle.removeLast(taken.count)
      return taken + (taken.count..<count).map { _ in Helper() }
    }
    for (index, helper) in helpers.enumerated() {
      helper.work.withLock { $0 = { body(index + 1) } }
      helper.begun.send { dcn_place_apart(helper.thread.load(ordering: .relaxed)) }
    }
    body(0)
    for helper in helpers { helper.finish() }
    idle.withLock { $0 += helpers }
  }

  /// - Returns: whether there was any.
  @inline(never)  // so that nothing of the work is left when it returns
  private func runWork() -> Bool {
    guard let work = takeWork() else { return false }
    work()
    return true
  }

  /// Takes back what has not begun, or waits for its end.
  @inline(never)
  private func finish() {
    if takeWork() == nil { done.wait() }
  }

  private func takeWork() -> (@Sendable () -> Void)? {
    work.withLock { work in
      defer { work = nil }
      return work
    }
  }
}

/// A semaphore whose waiters look again for a while, some 0.2 ms, before they sleep.
private final class Signal: Sendable {
  private static let patience = 500
  /// Signals that nobody has taken; below zero, waiters that sleep.
  private let count = Atomic<Int>(0)
  private let sleepers = DispatchSemaphore(value: 0)

  /// - Parameter prepare: comes before a sleeper is woken.
  func send(_ prepare: () -> Void = {}) {
    guard count.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue < 0 else { return }
    prepare()
    sleepers.signal()
  }

  /// - Returns: whether it slept.
  @discardableResult
  func wait() -> Bool {
    for _ in 0..<Self.patience {
      let found = count.load(ordering: .acquiring)
      if found > 0,
        count.compareExchange(expected: found, desired: found - 1, ordering: .acquiringAndReleasing).exchanged
      {
        return false
      }
      sched_yield()  // others that want the processor go first
    }
    guard count.wrappingSubtract(1, ordering: .acquiringAndReleasing).oldValue <= 0 else { return false }
    sleepers.wait()
    return true
  }
}
