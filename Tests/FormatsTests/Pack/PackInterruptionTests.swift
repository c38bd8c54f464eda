import Bytes
import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

#if os(Linux)
  /// Each runs in a process of its own, which the test's folder outlives.
  @Suite("A pack whose writing is interrupted")
  struct PackInterruptionTests {
    /// Some megabytes, so that there is a middle to stop in.
    static var model: Model {
      var model = PackSamples.weights
      for index in 0..<6 {
        model.tensors["large \(index)"] = PackSamples.tensor(.uint8, [3 << 20], seed: index)
      }
      return model
    }

    /// Writes over the file `old`, and calls `body` when half is done.
    static func write(into folder: String, _ body: @escaping @Sendable () -> Void) throws {
      let options = PackOptions(isDurable: false, replaces: true, threads: Threads(2)) { done, total in
        if done > total / 2 { body() }
      }
      try PackWriter.write(model, to: folder + "/old", options)
    }

    /// From now on no file of this process grows beyond a megabyte.
    static func limitFileSize() {
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    }

    /// The folder holds the old file alone.
    private func expectOld(_ scratch: Scratch) throws {
      #expect(try scratch.names == ["old"])
      #expect(try bytes(scratch.path("old")) == [1, 2, 3])
    }

    @Test("by a signal leaves the old file and nothing else", arguments: [SIGKILL, SIGTERM, SIGINT])
    func signals(signal: Int32) async throws {
      let scratch = try Scratch()
      _ = try scratch.file([1, 2, 3], "old")
      let folder = scratch.folder.path
      await #expect(processExitsWith: .signal(signal)) {
        [folder = folder as String, signal = signal as Int32] in
        try PackInterruptionTests.write(into: folder) { kill(getpid(), signal) }
      }
      try expectOld(scratch)
    }

    @Test("by the limit of a file's size, or a full disk, says so and leaves the old file")
    func fileSize() async throws {
      let scratch = try Scratch()
      _ = try scratch.file([1, 2, 3], "old")
      let folder = scratch.folder.path
      await #expect(processExitsWith: .success) { [folder = folder as String] in
        PackInterruptionTests.limitFileSize()
        do {
          try PackInterruptionTests.write(into: folder) {}
          exit(1)
        } catch let error as FormatError {
          exit(error.blame == .environment ? EXIT_SUCCESS : 2)
        }
      }
      try expectOld(scratch)
    }

    @Test("by an error of the system amid its tensors says so and leaves the old file")
    func writeError() async throws {
      let scratch = try Scratch()
      _ = try scratch.file([1, 2, 3], "old")
      let folder = scratch.folder.path
      await #expect(processExitsWith: .success) { [folder = folder as String] in
        do {
          // The room is reserved by then.
          try PackInterruptionTests.write(into: folder) { PackInterruptionTests.limitFileSize() }
          exit(1)
        } catch let error as FormatError {
          exit(error.blame == .environment && "\(error)".contains("write") ? EXIT_SUCCESS : 2)
        }
      }
      try expectOld(scratch)
    }

    @Test("by a fault of the model leaves the old file")
    func fault() throws {
      let scratch = try Scratch()
      _ = try scratch.file([1, 2, 3], "old")
      var model = PackSamples.weights
      model.graph.addVariable("x", tensor: "absent")
      let error = #expect(throws: FormatError.self) { try PackWriter.write(model, to: scratch.path("old")) }
      #expect(error?.explanation.contains("'absent'") == true)
      model = PackSamples.weights
      model.provenance.sources = [
        Provenance.Source(name: "s", byteCount: 1, sha256: "not a digest", format: "f")
      ]
      #expect(throws: FormatError.self) { try PackWriter.write(model, to: scratch.path("old")) }
      try expectOld(scratch)
    }

    @Test("never comes so far where a file may not be replaced, or is the pack's own source")
    func refusals() throws {
      let scratch = try Scratch()
      _ = try scratch.file([1, 2, 3], "old")
      let options = PackOptions(isDurable: false, replaces: false, threads: Threads(1))
      let exists = #expect(throws: FormatError.self) {
        try PackWriter.write(PackSamples.weights, to: scratch.path("old"), options)
      }
      #expect(exists?.blame == .request)
      let file = try MappedFile(path: scratch.path("old"))
      let source = Model(provenance: Provenance(sources: [Provenance.Source(file, format: "bytes")]))
      let own = #expect(throws: FormatError.self) {
        try PackWriter.write(
          source, to: scratch.folder.path + "/../" + scratch.folder.lastPathComponent + "/old")
      }
      #expect(own?.blame == .request)
      try expectOld(scratch)
    }
  }
#endif
