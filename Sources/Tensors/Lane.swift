#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A floating-point type that the engine computes in: `Float` for running, `Double` as the reference.
package protocol Lane: SIMDScalar, BinaryFloatingPoint, TensorElement, Codable {
  /// The value rounded to fp32: positions and bins are formed in the type of the recorded numbers.
  var asFloat: Float { get }
  var asDouble: Double { get }

  /// The kernels of this type in one instruction set's module.
  static func kernels(in module: KernelModule) -> any KernelSet<Self>

  /// The C library's functions, within 2 ULP (glibc's manual, "Known Maximum Errors in Math Functions").
  static func exp(_ x: Self) -> Self
  static func log(_ x: Self) -> Self
  static func log1p(_ x: Self) -> Self
  static func tanh(_ x: Self) -> Self
  static func erf(_ x: Self) -> Self
  static func pow(_ x: Self, _ y: Self) -> Self
  static func expm1(_ x: Self) -> Self
  static func log2(_ x: Self) -> Self
  static func log10(_ x: Self) -> Self
  static func cbrt(_ x: Self) -> Self
  static func sin(_ x: Self) -> Self
  static func cos(_ x: Self) -> Self
  static func tan(_ x: Self) -> Self
}

extension Float: Lane {
  @inlinable package var asFloat: Float { self }
  @inlinable package var asDouble: Double { Double(self) }
  package static func kernels(in module: KernelModule) -> any KernelSet<Float> { module.float }
  package static func exp(_ x: Float) -> Float { expf(x) }
  package static func log(_ x: Float) -> Float { logf(x) }
  package static func log1p(_ x: Float) -> Float { log1pf(x) }
  package static func tanh(_ x: Float) -> Float { tanhf(x) }
  package static func erf(_ x: Float) -> Float { erff(x) }
  package static func pow(_ x: Float, _ y: Float) -> Float { powf(x, y) }
  package static func expm1(_ x: Float) -> Float { expm1f(x) }
  package static func log2(_ x: Float) -> Float { log2f(x) }
  package static func log10(_ x: Float) -> Float { log10f(x) }
  package static func cbrt(_ x: Float) -> Float { cbrtf(x) }
  package static func sin(_ x: Float) -> Float { sinf(x) }
  package static func cos(_ x: Float) -> Float { cosf(x) }
  package static func tan(_ x: Float) -> Float { tanf(x) }
}

#if canImport(Glibc)
  extension Double: Lane {
    @inlinable package var asFloat: Float { Float(self) }
    @inlinable package var asDouble: Double { self }
    package static func kernels(in module: KernelModule) -> any KernelSet<Double> { module.double }
    package static func exp(_ x: Double) -> Double { Glibc.exp(x) }
    package static func log(_ x: Double) -> Double { Glibc.log(x) }
    package static func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
    package static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }
    package static func erf(_ x: Double) -> Double { Glibc.erf(x) }
    package static func pow(_ x: Double, _ y: Double) -> Double { Glibc.pow(x, y) }
    package static func expm1(_ x: Double) -> Double { Glibc.expm1(x) }
    package static func log2(_ x: Double) -> Double { Glibc.log2(x) }
    package static func log10(_ x: Double) -> Double { Glibc.log10(x) }
    package static func cbrt(_ x: Double) -> Double { Glibc.cbrt(x) }
    package static func sin(_ x: Double) -> Double { Glibc.sin(x) }
    package static func cos(_ x: Double) -> Double { Glibc.cos(x) }
    package static func tan(_ x: Double) -> Double { Glibc.tan(x) }
  }
#elseif canImport(Darwin)
  extension Double: Lane {
    @inlinable package var asFloat: Float { Float(self) }
    @inlinable package var asDouble: Double { self }
    package static func kernels(in module: KernelModule) -> any KernelSet<Double> { module.double }
    package static func exp(_ x: Double) -> Double { Darwin.exp(x) }
    package static func log(_ x: Double) -> Double { Darwin.log(x) }
    package static func log1p(_ x: Double) -> Double { Darwin.log1p(x) }
    package static func tanh(_ x: Double) -> Double { Darwin.tanh(x) }
    package static func erf(_ x: Double) -> Double { Darwin.erf(x) }
    package static func pow(_ x: Double, _ y: Double) -> Double { Darwin.pow(x, y) }
    package static func expm1(_ x: Double) -> Double { Darwin.expm1(x) }
    package static func log2(_ x: Double) -> Double { Darwin.log2(x) }
    package static func log10(_ x: Double) -> Double { Darwin.log10(x) }
    package static func cbrt(_ x: Double) -> Double { Darwin.cbrt(x) }
    package static func sin(_ x: Double) -> Double { Darwin.sin(x) }
    package static func cos(_ x: Double) -> Double { Darwin.cos(x) }
    package static func tan(_ x: Double) -> Double { Darwin.tan(x) }
  }
#endif
