internal import Bytes
package import Tensors

extension Tensor {
  /// The elements as whole numbers, fractions cut off; nil where one is NaN or does not fit, or for a type
  /// that is never computed with.
  package var wholeNumbers: [Int]? {
    switch elementType {
    case .int8: elements(as: Int8.self).map(Int.init)
    case .int16: elements(as: Int16.self).map(Int.init)
    case .int32: elements(as: Int32.self).map(Int.init)
    case .int64: elements(as: Int64.self).map(Int.init)
    case .uint8: elements(as: UInt8.self).map(Int.init)
    case .uint16: elements(as: UInt16.self).map(Int.init)
    case .uint32: elements(as: UInt32.self).map(Int.init)
    case .uint64: all(elements(as: UInt64.self).map { Int(exactly: $0) })
    case .bool, .float16, .bfloat16, .float32, .float64:
      all(converted(to: Double.self).map { Int(checked: $0) })
    default: nil
    }
  }

  private func all(_ numbers: [Int?]) -> [Int]? {
    let known = numbers.compactMap { $0 }
    return known.count == numbers.count ? known : nil
  }
}
