public import Foundation

/// Where the tests find their files.
public enum Repository {
  public static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Files that the project carries.
  public static let fixtures = root.appending(path: "Fixtures")

  /// Recorded data beside the project; nil where it is absent, and then its tests do not run.
  public static let golden: URL? = {
    let folder = root.deletingLastPathComponent().appending(path: "shared/golden")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }()

  /// A new empty folder, removed by the caller.
  public static func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "dcnconv-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }
}
