internal import Tensors

/// An operator whose evaluation takes integers and booleans as well, and checks itself what it cannot take.
///
/// The others take floating-point numbers alone: what a file feeds them instead is refused before they see it.
package protocol AnyTypeEvaluated: Operator {}

extension Activation: AnyTypeEvaluated {}
extension AddN: AnyTypeEvaluated {}
extension ArgMax: AnyTypeEvaluated {}
extension Binary: AnyTypeEvaluated {}
extension Cast: AnyTypeEvaluated {}
extension Clip: AnyTypeEvaluated {}
extension Comparison: AnyTypeEvaluated {}
extension Concat: AnyTypeEvaluated {}
extension Crop: AnyTypeEvaluated {}
extension Dropout: AnyTypeEvaluated {}
extension Expand: AnyTypeEvaluated {}
extension ExpandDims: AnyTypeEvaluated {}
extension Fill: AnyTypeEvaluated {}
extension Flatten: AnyTypeEvaluated {}
extension Gather: AnyTypeEvaluated {}
extension Identity: AnyTypeEvaluated {}
extension IndexedMaxPooling: AnyTypeEvaluated {}
extension MatrixProduct: AnyTypeEvaluated {}
extension Pad: AnyTypeEvaluated {}
extension Pooling: AnyTypeEvaluated {}
extension Reduction: AnyTypeEvaluated {}
extension Reshape: AnyTypeEvaluated {}
extension Resize: AnyTypeEvaluated {}
extension ROIAlign: AnyTypeEvaluated {}
extension ScalarArithmetic: AnyTypeEvaluated {}
extension ShapeOf: AnyTypeEvaluated {}
extension Slice: AnyTypeEvaluated {}
extension SliceLike: AnyTypeEvaluated {}
extension Split: AnyTypeEvaluated {}
extension Squeeze: AnyTypeEvaluated {}
extension SwapAxes: AnyTypeEvaluated {}
extension Transpose: AnyTypeEvaluated {}
extension Unary: AnyTypeEvaluated {}
extension UpSampling: AnyTypeEvaluated {}
extension Variadic: AnyTypeEvaluated {}
extension Where: AnyTypeEvaluated {}

extension Operator {
  /// Refuses inputs of types that this operator is not evaluated for, and outputs that no memory of this machine
  /// can hold: a small file may ask for any size.
  ///
  /// - Throws: `OperatorError` that names the input and its type, or the output's shape.
  func requireEvaluable<T>(_ site: Site<T>) throws(OperatorError) {
    for output in site.outputs {
      guard let output else { continue }
      let bytes = output.elementType.byteCount(of: output.shape.count) ?? .max
      guard bytes <= Memory.largest else {
        throw OperatorError(
          "output", found: "\(output.elementType.rawValue) \(output.shape)",
          expected: "at most \(Memory.largest) bytes, this machine's memory")
      }
    }
    let takesAny = self is any AnyTypeEvaluated
    for (index, input) in site.inputs.enumerated() {
      guard let type = input?.elementType, takesAny ? type.isOpaque : !type.isFloatingPoint else { continue }
      let names = inputs
      throw .input(
        names.indices.contains(index) ? names[index].name : "\(index)", found: "\(type.rawValue) elements",
        expected: takesAny ? "a type that is computed with" : "floating-point numbers")
    }
  }
}

extension Site {
  /// Refuses inputs that are not all of one type.
  ///
  /// - Throws: `OperatorError` that names the two types.
  func requireOneType(of indices: Range<Int>) throws(OperatorError) {
    let types = indices.compactMap { $0 < inputs.count ? inputs[$0]?.elementType : nil }
    guard let other = types.first(where: { $0 != types[0] }) else { return }
    throw OperatorError(
      "inputs", found: "\(types[0].rawValue) and \(other.rawValue) elements", expected: "elements of one type"
    )
  }
}
