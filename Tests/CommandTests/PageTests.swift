import Foundation
import TestSupport
import Testing

/// Pages in a browser, where there is one: what their scripts make of them, and that they complain of nothing.
@Suite("Pages in Chromium", .enabled(if: Chromium.path != nil))
struct PageTests {
  @Test("a report's table is there to search, its theme to switch, and nothing is logged")
  func report() throws {
    let scratch = try Scratch()
    let file = scratch.path("report.html")
    let result = try Command.run(
      "verify", Command.checkpoint, "--trace", Command.trace, "--html", file, "-q")
    #expect(result.status == 0, "\(result.errors)")
    let page = try Chromium.load(file)
    #expect(page.complaints.isEmpty)
    #expect(page.document.contains("<output aria-live=\"polite\">370 rows</output>"))
    #expect(page.document.contains("Theme: <span>auto</span>"))
    #expect(page.document.ranges(of: "class=\"theme\" data-theme-switch=\"\" hidden").isEmpty)
    #expect(page.document.contains("<strong>Passes</strong>"))
    #expect(page.document.ranges(of: "<article class=\"card\"").count == 4)
  }

  @Test("an inspection's graph is drawn, and nothing is logged")
  func inspection() throws {
    let scratch = try Scratch()
    let file = scratch.path("model.html")
    let result = try Command.run("inspect", Command.checkpoint, "--html", file, "-q")
    #expect(result.status == 0, "\(result.errors)")
    let page = try Chromium.load(file)
    #expect(page.complaints.isEmpty)
    #expect(page.document.contains("542 rows"))
    let wires = try #require(
      page.document.firstMatch(of: /class="wires"[^>]*>(.*?)<\/svg>/.dotMatchesNewlines()))
    #expect(wires.1.ranges(of: "<circle").count > 20)
    #expect(wires.1.ranges(of: "<path").count > 20)
  }
}

/// The browser that a page is tried in.
enum Chromium {
  static let path: String? = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .first {
      FileManager.default.isExecutableFile(atPath: $0)
    }

  struct Page {
    /// What the document is when its scripts have run.
    let document: String
    /// Lines that the page's scripts or its policy put on the console.
    let complaints: [Substring]
  }

  static func load(_ file: String) throws -> Page {
    let scratch = try Scratch()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path ?? "")
    process.arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + scratch.path("profile"),
      "--enable-logging=stderr", "--virtual-time-budget=2000", "--window-size=1280,900", "--dump-dom",
      "file://" + file,
    ]
    // Pages are larger than a pipe's buffer.
    let (document, log) = (scratch.path("document"), scratch.path("log"))
    for name in [document, log] { _ = FileManager.default.createFile(atPath: name, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: document))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    return Page(
      document: try String(contentsOfFile: document, encoding: .utf8),
      complaints: lines.filter { $0.contains(":CONSOLE") })
  }
}
