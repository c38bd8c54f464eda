internal import CSchemas

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Gives protobuf-c memory up to a limit; a refusal makes decoding yield nothing.
@safe
final class AllocationBudget {
  private var used = 0
  private let limit: Int

  /// - Parameter limit: bytes that may be asked for in all, returned ones included.
  init(limit: Int) { self.limit = limit }

  /// Whether an allocation was refused.
  private(set) var isExhausted = false

  /// What decoding `byteCount` bytes may take.
  ///
  /// Real graphs take 3 to 8 bytes a byte; empty messages inside one another would take over a hundred.
  static func limit(decoding byteCount: Int) -> Int { 16 * byteCount + 1 << 20 }

  func withAllocator<R, E: Error>(
    _ body: (UnsafeMutablePointer<ProtobufCAllocator>) throws(E) -> R
  ) throws(E) -> R {
    // SAFETY: protobuf-c passes `allocator_data` back as it was given, and the budget outlives the call.
    var allocator = unsafe ProtobufCAllocator(
      alloc: { data, size in
        guard let data = unsafe data else { return nil }
        let budget = unsafe Unmanaged<AllocationBudget>.fromOpaque(data).takeUnretainedValue()
        guard size <= budget.limit - budget.used else {
          budget.isExhausted = true
          return nil
        }
        budget.used += size
        return unsafe malloc(size)
      },
      free: { _, pointer in unsafe free(pointer) },
      allocator_data: Unmanaged.passUnretained(self).toOpaque())
    defer { withExtendedLifetime(self) {} }
    return try unsafe body(&allocator)
  }
}
