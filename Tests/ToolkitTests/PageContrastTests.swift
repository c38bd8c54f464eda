import Foundation
import TestSupport
import Testing

@Suite("The pages' colours")
struct PageContrastTests {
  /// The palette, light before dark.
  private static let colors: [String: [String]] = {
    let file = Repository.root.appending(path: "Sources/Toolkit/Pages/page.css")
    let style = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    let pattern = /--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/
    let found = style.matches(of: pattern).map { (String($0.1), [String($0.2), String($0.3)]) }
    return Dictionary(found, uniquingKeysWith: { $1 })
  }()

  /// Relative luminance (WCAG 2.2).
  private func luminance(_ color: String) throws -> Double {
    let bits = try #require(Int(color.dropFirst(), radix: 16))
    let parts = [16, 8, 0].map { shift -> Double in
      let part = Double(bits >> shift & 255) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }

  private func contrast(_ a: String, _ b: String, theme: Int) throws -> Double {
    let colors = try [a, b].map { try luminance(try #require(Self.colors[$0], "no colour \($0)")[theme]) }
    return (max(colors[0], colors[1]) + 0.05) / (min(colors[0], colors[1]) + 0.05)
  }

  @Test(
    "text stands out from what is behind it, in light and in dark", arguments: [0, 1], ["paper", "raised"])
  func text(theme: Int, ground: String) throws {
    for color in ["ink", "muted", "accent", "good", "bad", "suspect", "mismatch"] {
      #expect(try contrast(color, ground, theme: theme) >= 4.5, "\(color)")
    }
  }

  @Test("marks stand out too", arguments: [0, 1], ["paper", "raised"])
  func marks(theme: Int, ground: String) throws {
    for color in ["exact", "rounding", "policy", "ill", "unjudged", "strong-rule", "focus"] {
      #expect(try contrast(color, ground, theme: theme) >= 3, "\(color)")
    }
  }
}
