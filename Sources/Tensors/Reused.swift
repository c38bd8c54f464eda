internal import Synchronization

/// Working memory that is kept from one use to the next, one value for each thread that uses it at a time: arrays that
/// have grown once grow no more.
package final class Reused<Value: Sendable>: Sendable {
  private let idle = Mutex<[Value]>([])
  private let make: @Sendable () -> Value

  /// - Parameter make: what a thread begins with that finds none idle.
  package init(_ make: @escaping @Sendable () -> Value) { self.make = make }

  /// Gives a value that nobody else uses meanwhile; it holds what an earlier use left.
  package func with<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
    var value = idle.withLock { $0.popLast() } ?? make()
    defer { idle.withLock { [value] in $0.append(value) } }
    return try body(&value)
  }
}
