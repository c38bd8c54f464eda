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
  }
#endif
