public import Foundation

/// A folder for the files of one test, which goes with the value.
public final class Scratch {
  public let folder: URL

  public init() throws { folder = try Repository.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }

  public func path(_ name: String) -> String { folder.appending(path: name).path }

  /// What is in the folder, in order.
  public var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  /// Writes a file, and gives its path.
  public func file(_ bytes: [UInt8], _ name: String = "w.params") throws -> String {
    let path = path(name)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }
}
