package import Tensors

/// The kernels, written once for both types of numbers.
protocol VectorKernels: KernelSet where Element: ExponentialLane {}

extension VectorKernels {
  package var panelWidth: Int { 2 * Element.vectorWidth }
}

// Two concrete types, so that the compiler specialises every kernel in this module.
private struct FloatKernels: VectorKernels { typealias Element = Float }
private struct DoubleKernels: VectorKernels { typealias Element = Double }

/// This module's kernels.
package let kernelModule = KernelModule(
  name: moduleName, float: FloatKernels(), double: DoubleKernels(), comparison: DoubleComparison())
