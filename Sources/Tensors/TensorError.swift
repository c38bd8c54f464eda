internal import Bytes

/// A fault of a tensor or of a file of tensors: what was found, what was expected, and where.
package struct TensorError: Error, Equatable, CustomStringConvertible {
  package let file: String?
  package let tensor: String?
  package let found: String
  package let expected: String

  package init(file: String? = nil, tensor: String? = nil, found: String, expected: String) {
    self.file = file
    self.tensor = tensor
    self.found = found
    self.expected = expected
  }

  package var description: String {
    let place = [file, tensor.map { "tensor '\($0)'" }].compactMap { $0?.escapedForDisplay }
    return (place + ["found \(found.escapedForDisplay), expected \(expected)"]).joined(separator: ": ")
  }
}
