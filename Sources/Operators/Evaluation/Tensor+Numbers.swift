internal import Bytes
package import Tensors

extension Tensor {
  /// Elements of a type of integers or booleans; nil for other types, and where one does not fit.
  ///
  /// - Precondition: there are as many numbers as the shape has elements.
  package init?(whole values: [Int], of type: ElementType, shape: Shape) {
    func integers<I: FixedWidthInteger & TensorElement>(_ type: I.Type) -> Tensor? {
      let fitting = values.compactMap { I(exactly: $0) }
      return fitting.count == values.count ? Tensor(fitting, shape: shape) : nil
    }
    let tensor: Tensor? =
      switch type {
      case .int8: integers(Int8.self)
      case .int16: integers(Int16.self)
      case .int32: integers(Int32.self)
      case .int64: integers(Int64.self)
      case .uint8: integers(UInt8.self)
      case .uint16: integers(UInt16.self)
      case .uint32: integers(UInt32.self)
      case .uint64: integers(UInt64.self)
      case .bool: Tensor(values.map { $0 == 0 ? 0 : 1 as UInt8 }, shape: shape).reinterpreted(as: .bool)
      default: nil
      }
    guard let tensor else { return nil }
    self = tensor
  }

  /// One element of any type that is computed with; nil for the others, and for what does not fit.
  init?(_ value: Double, of type: ElementType) {
    let tensor: Tensor? =
      switch type {
      case .float32: Tensor([Float(value)], shape: [1])
      case .float64: Tensor([value], shape: [1])
      case .float16: Tensor([float16Bits(of: Float(value))], shape: [1]).reinterpreted(as: .float16)
      case .bfloat16: Tensor([bfloat16Bits(of: Float(value))], shape: [1]).reinterpreted(as: .bfloat16)
      default: Int(checked: value).flatMap { Tensor(whole: [$0], of: type, shape: [1]) }
      }
    guard let tensor else { return nil }
    self = tensor
  }
}
