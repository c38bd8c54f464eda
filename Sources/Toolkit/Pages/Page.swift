internal import Bytes
internal import Tensors

/// A page that people read: one file that works offline, in light and in dark, by keyboard and on paper.
///
/// Its policy (Content Security Policy Level 3) lets no request leave the page, and no script run but its own.
package struct Page: Sendable {
  /// A part of the page with a heading, which the bar on top leads to.
  package struct Section: Sendable {
    package let id: String
    package let title: String
    /// What the section shows, in a sentence; empty where the heading says it.
    package let lead: String
    package let body: HTML

    package init(id: String, title: String, lead: String = "", body: HTML) {
      self.id = id
      self.title = title
      self.lead = lead
      self.body = body
    }
  }

  /// What kind of page it is: `Parity report`.
  private let kind: String
  /// What it is about: a model's name.
  private let subject: String
  /// What stands above the sections.
  private let opening: HTML
  private let sections: [Section]
  /// A line at the end.
  private let colophon: String
  private let style: String
  private let script: String

  /// - Parameters:
  ///   - style: CSS beside the one that all pages share, and `script` the like.
  package init(
    kind: String, subject: String, opening: HTML, sections: [Section], colophon: String,
    style: [UInt8] = [], script: [UInt8] = []
  ) {
    self.kind = kind
    self.subject = subject
    self.opening = opening
    self.sections = sections
    self.colophon = colophon
    self.style = Self.text(PackageResources.page_css + style)
    self.script = Self.text(PackageResources.page_js + script)
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// The whole document: the same page is the same bytes.
  package var written: String {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src '\(Self.digest(of: script))'"
    let head: HTML = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="color-scheme" content="light dark">
      <meta name="generator" content="dcnconv">
      <title>\(subject) · \(kind)</title>
      """
    // Neither text is anybody's but ours; both would be harmed by escaping.
    return head.text + "\n<style>\n" + style + "</style>\n</head>\n" + body.text + "<script>" + script
      + "</script>\n</body>\n</html>\n"
  }

  private var body: HTML {
    """
    <body>
    <a class="skip" href="#content">Skip to the content</a>
    <header class="bar">
    <p class="brand">dcnconv <span>\(kind)</span></p>
    <nav aria-label="Sections"><ul>\(sections.map { "<li><a href=\"#\($0.id)\">\($0.title)</a></li>" as HTML })</ul></nav>
    <button type="button" class="theme" data-theme-switch hidden>Theme: <span>auto</span></button>
    </header>
    <main id="content">
    \(opening)
    \(sections.map(html))
    </main>
    <footer><p>\(colophon)</p></footer>

    """
  }

  private func html(_ section: Section) -> HTML {
    """
    <section id="\(section.id)" aria-labelledby="\(section.id)-title">
    <h2 id="\(section.id)-title">\(section.title)</h2>
    \(section.lead.isEmpty ? "" : "<p class=\"lead\">\(section.lead)</p>" as HTML)
    \(section.body)
    </section>

    """
  }

  /// The source expression that lets this script run.
  private static func digest(of script: String) -> String {
    let bytes = Array(script.utf8)
    // SAFETY: an array of bytes has no padding.
    return unsafe "sha256-" + base64(Digest(of: bytes.span.bytes).bytes)
  }

  /// Base64 (RFC 4648 §4).
  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[start + $1]) : 0) }
      for place in 0..<4 {
        text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : "=")
      }
    }
    return text
  }
}
