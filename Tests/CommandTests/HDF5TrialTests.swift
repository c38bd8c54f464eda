import Foundation
import TestSupport
import Testing

@Suite("HDF5 files that libhdf5 does not survive")
struct HDF5TrialTests {
  /// Bytes of a sound file whose change crashes libhdf5 1.10.8.
  @Test(
    "end a process that reads ahead, and are corrupt files to the command", arguments: [7781, 7790, 11128])
  func crash(place: Int) throws {
    let scratch = try Scratch()
    let sound = Repository.fixtures.appending(path: "traces/arrays.h5")
    var bytes = Array(try Data(contentsOf: sound))
    bytes[place] ^= 0xFF
    let damaged = try scratch.file(bytes, "trace.h5")
    let result = try Command.run("verify", Command.checkpoint, "--trace", damaged)
    // Another version of the library may find the damage itself.
    #expect(result.status == 3, "\(result.status)")
    #expect(result.errors.contains("trace.h5"))
    #expect(try Command.run("try-hdf5", sound.path).status == 0)
  }
}
