package import Operators
package import Tensors

/// The memory of one run at a time: intermediate values and scratch, used again by the next run.
///
/// It may go from thread to thread, but two runs in it at once would overwrite each other.
package final class Workspace<T: EvaluationLane>: Sendable {
  package let plan: Plan<T>
  let threads: Threads
  /// By cell; nil for what is fed or emitted, and for what no step of this plan computes.
  let tensors: [Tensor?]
  let arena: Memory
  let scratch: MutableElements<T>

  /// Makes room for a plan's values.
  package init(_ plan: Plan<T>, threads: Threads = Threads(1)) {
    self.plan = plan
    self.threads = threads
    let arena = Memory(byteCount: plan.arenaByteCount)
    self.arena = arena
    scratch = MutableElements<T>(count: plan.scratchCount * threads.count)
    tensors = plan.cells.map { cell in
      switch cell.storage {
      case .constant(let tensor): return tensor.reshaped(to: cell.physicalShape)
      case .arena(let offset?):
        return Tensor(
          memory: arena, range: offset..<(offset + cell.byteCount), elementType: cell.elementType,
          shape: cell.physicalShape)
      case .arena(nil), .fed, .alias: return nil
      }
    }
  }
}
