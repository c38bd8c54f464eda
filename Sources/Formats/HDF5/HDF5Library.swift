internal import Bytes
internal import CHDF5
internal import Synchronization

/// libhdf5, which in most builds is not for several threads at once, and what it may not do for us.
enum HDF5Library {
  private static let lock = Mutex(())

  /// Prepared with the first use: no filters from shared libraries, no links into other files.
  private static let isReady =
    H5open() >= 0 && H5PLset_loading_state(0) >= 0 && H5Lunregister(H5L_TYPE_EXTERNAL) >= 0

  /// Runs a body that calls libhdf5, or lets go of what it gave.
  ///
  /// - Precondition: `body` does not come here again.
  static func run<R: ~Copyable>(_ body: () throws(FormatError) -> sending R) throws(FormatError) -> R {
    try lock.withLock { (_) throws(FormatError) in
      // No messages on standard error; builds for several threads keep this for each thread.
      guard isReady, H5Eset_auto2(0, nil, nil) >= 0 else {
        throw FormatError(.environment, file: "libhdf5", "cannot be set up")
      }
      return try body()
    }
  }
}

/// An object of libhdf5 of any kind, closed with its owner.
///
/// It lives inside `HDF5Library.run` alone; a file that lives longer is closed there.
struct HDF5Handle: ~Copyable {
  let id: hid_t

  /// Nil where libhdf5 gave none.
  init?(_ id: hid_t) {
    guard id >= 0 else { return nil }
    self.id = id
  }

  deinit { H5Idec_ref(id) }
}
