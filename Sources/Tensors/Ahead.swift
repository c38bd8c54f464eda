internal import Dispatch
internal import Synchronization

/// A result that another thread works out meanwhile.
package final class Ahead<R: Sendable>: Sendable {
  private let result = Mutex<Result<R, any Error>?>(nil)
  private let isDone = DispatchGroup()

  /// Begins with the work.
  package init(_ work: @escaping @Sendable () throws -> R) {
    isDone.enter()
    DispatchQueue.global().async { [self] in
      let found = Result { try work() }
      result.withLock { $0 = found }
      isDone.leave()
    }
  }

  /// Waits until the work is done.
  package func wait() { isDone.wait() }

  /// The result, once it is there.
  ///
  /// - Throws: what the work threw.
  package func value() throws -> R {
    wait()
    guard let result = result.withLock({ $0 }) else { preconditionFailure("done without a result") }
    return try result.get()
  }
}
