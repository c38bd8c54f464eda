import Formats
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing
import Toolkit

@Suite("Models as pages")
struct InspectionPageTests {
  private let hostile = "a\"'><script>alert(1)</script>\u{1B}[31m\u{202E}"

  private func page(_ names: [String]) -> String {
    var graph = Graph()
    var value = graph.addVariable(names[0])
    for name in names {
      value = graph.addNode(name, Activation(.relu), inputs: [value], outputNames: [name + "_output"])[0]
    }
    graph.setOutputs([value])
    let tensor = Tensor([1, 2.5, .nan, -4] as [Float], shape: [2, 2])
    let model = Model(
      graph: graph, tensors: [names[0]: tensor], provenance: Provenance(framework: names[0]))
    return InspectionPage(
      Inspection(model, types: [:]), path: names[0].replacing("/", with: "∕"), notes: [names[0]],
      tensors: [InspectionPage.TensorRow(name: names[0], tensor: tensor)], version: "1"
    ).written
  }

  @Test("nothing in a name is markup, wherever the name stands")
  func escaping() {
    let (page, plain) = (page([hostile, "b"]), page(["plain", "b"]))
    for tag in ["<script", "<li", "<tr", "<dd", "<details", "<option"] {
      #expect(page.ranges(of: tag).count == plain.ranges(of: tag).count, "\(tag)")
    }
    #expect(!page.contains("\u{1B}") && !page.contains("\u{202E}"))
  }

  @Test("the same model is the same bytes, and asks nothing of any other place")
  func offline() {
    let page = page(["layer"])
    #expect(page == self.page(["layer"]))
    for address in ["https:", "url(", "@import", "src="] { #expect(!page.contains(address), "\(address)") }
    // The name of a namespace is no address.
    #expect(page.ranges(of: "http:").count == page.ranges(of: "\"http://www.w3.org/2000/svg\"").count)
  }

  @Test(
    "operators whose names begin alike stand in blocks",
    arguments: [
      (["res2a_x", "bn2a_x", "res2b_x", "scale2b_y", "conv5"], ["res2", "res2a", "res2b"]),
      (["/layer1/0/conv/Conv", "/layer1/0/relu/Relu", "/layer1/1/Conv", "/head/Gemm"], ["layer1", "0"]),
      (["rpn_a", "rpn_b", "cls_a", "rpn_c"], ["rpn"]),
    ])
  func blocks(names: [String], titles: [String]) {
    let parts = page(names).split(separator: "<span class=\"title\">").dropFirst()
    #expect(parts.map { $0.prefix { $0 != "<" }.description } == titles)
  }

  @Test("numbers are written for reading")
  func numbers() {
    #expect(HTML.number(0.5) == "0.5")
    #expect(HTML.number(-1.23456e-7) == "−1.235\u{202F}·\u{202F}10⁻⁷")
    #expect(HTML.number(1e12) == "10¹²")
    #expect(HTML.number(-.infinity) == "−∞")
    #expect(HTML.grouped(1_234_567) == "1\u{202F}234\u{202F}567")
    #expect(HTML.byteText(1_536) == "1.5\u{202F}KiB")
    #expect(("\(-0.004) \(1.5) \(12.345) \(-3.999)" as HTML).text == "0 1.5 12.35 -4")
  }
}
