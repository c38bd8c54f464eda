import Tensors
import Testing

@Suite("Tensor")
struct TensorTests {
  @Test("a shape whose product does not fit is no shape, even beside a zero")
  func overflow() {
    #expect(Shape(checking: [1 << 40, 1 << 40]) == nil)
    #expect(Shape(checking: [0, 1 << 40, 1 << 40]) == nil)
    #expect(Shape(checking: [0, 5])?.count == 0)
    #expect(Shape(checking: [])?.count == 1)
  }

  @Test("elements come back as they went in")
  func elements() {
    let tensor = Tensor([Float(1), 2, 3, 4], shape: [2, 2])
    #expect(tensor.elements(as: Float.self) == [1, 2, 3, 4])
    #expect(tensor.span(as: Float.self)?[3] == 4)
  }
}
