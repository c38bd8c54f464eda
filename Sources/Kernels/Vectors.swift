internal import Tensors

/// A number type with this module's vector of it.
protocol VectorLane: Lane {
  associatedtype Vector: SIMD & BitwiseCopyable where Vector.Scalar == Self
  /// Half and a quarter of it, but two elements at least: for narrow groups.
  associatedtype Half: SIMD & BitwiseCopyable where Half.Scalar == Self
  associatedtype Quarter: SIMD & BitwiseCopyable where Quarter.Scalar == Self
  /// Integers of the same width.
  associatedtype IntegerVector: SIMD & BitwiseCopyable where IntegerVector.Scalar: FixedWidthInteger

  /// The sum of a vector's elements: halves are added until one is left.
  static func sum(_ vector: Vector) -> Self

  /// The number rounded to fp32: `asFloat` would be a call through another module's table, twice a sample.
  var single: Float { get }

  // Comparisons and shuffles are requirements, as generic code would do them lane by lane.

  /// Where b is larger b, elsewhere a.
  static func larger(_ a: Vector, _ b: Vector) -> Vector
  /// The larger or smaller one; NaN of either stays.
  static func maximum(_ a: Vector, _ b: Vector) -> Vector
  static func minimum(_ a: Vector, _ b: Vector) -> Vector
  /// max(a, 0); NaN stays NaN.
  static func rectified(_ a: Vector) -> Vector
  /// In each piece of 128 bits every other element of a and then of b, from the first or from the second on.
  static func evens(_ a: Vector, _ b: Vector) -> Vector
  static func odds(_ a: Vector, _ b: Vector) -> Vector
  /// Every other such piece of a and then of b.
  static func evenPieces(_ a: Vector, _ b: Vector) -> Vector
  static func oddPieces(_ a: Vector, _ b: Vector) -> Vector
}

#if DCNCONV_AVX512
  extension Float: VectorLane {
    typealias Vector = SIMD16<Float>
    typealias Half = SIMD8<Float>
    typealias Quarter = SIMD4<Float>
    typealias IntegerVector = SIMD16<Int32>
    @inline(__always) static func sum(_ vector: SIMD16<Float>) -> Float { vector.total }
  }
  extension Double: VectorLane {
    typealias Vector = SIMD8<Double>
    /// As many numbers in fp32.
    typealias Singles = SIMD8<Float>
    typealias Half = SIMD4<Double>
    typealias Quarter = SIMD2<Double>
    typealias IntegerVector = SIMD8<Int64>
    @inline(__always) static func sum(_ vector: SIMD8<Double>) -> Double { vector.total }
  }
  let moduleName = "AVX-512"
  /// Rows of a tile: 24 accumulators, and 32 vector registers.
  let tileRows = 12
#elseif DCNCONV_AVX2
  extension Float: VectorLane {
    typealias Vector = SIMD8<Float>
    typealias Half = SIMD4<Float>
    typealias Quarter = SIMD2<Float>
    typealias IntegerVector = SIMD8<Int32>
    @inline(__always) static func sum(_ vector: SIMD8<Float>) -> Float { vector.total }
  }
  extension Double: VectorLane {
    typealias Vector = SIMD4<Double>
    /// As many numbers in fp32.
    typealias Singles = SIMD4<Float>
    typealias Half = SIMD2<Double>
    typealias Quarter = SIMD2<Double>
    typealias IntegerVector = SIMD4<Int64>
    @inline(__always) static func sum(_ vector: SIMD4<Double>) -> Double { vector.total }
  }
  let moduleName = "AVX2"
  /// Rows of a tile: 12 accumulators, and 16 vector registers.
  let tileRows = 6
#else
  extension Float: VectorLane {
    typealias Vector = SIMD4<Float>
    typealias Half = SIMD2<Float>
    typealias Quarter = SIMD2<Float>
    typealias IntegerVector = SIMD4<Int32>
    @inline(__always) static func sum(_ vector: SIMD4<Float>) -> Float { vector.total }
  }
  extension Double: VectorLane {
    typealias Vector = SIMD2<Double>
    /// As many numbers in fp32.
    typealias Singles = SIMD2<Float>
    typealias Half = SIMD2<Double>
    typealias Quarter = SIMD2<Double>
    typealias IntegerVector = SIMD2<Int64>
    @inline(__always) static func sum(_ vector: SIMD2<Double>) -> Double { vector.total }
  }
  #if arch(arm64)
    let moduleName = "NEON"
    let tileRows = 12
  #else
    let moduleName = "x86-64"
    let tileRows = 6
  #endif
#endif

extension SIMD2 where Scalar: FloatingPoint {
  @inline(__always) fileprivate var total: Scalar { x + y }
}
extension SIMD4 where Scalar: FloatingPoint {
  @inline(__always) fileprivate var total: Scalar { (lowHalf + highHalf).total }
}
extension SIMD8 where Scalar: FloatingPoint {
  @inline(__always) var total: Scalar { (lowHalf + highHalf).total }
}
extension SIMD16 where Scalar: FloatingPoint {
  @inline(__always) fileprivate var total: Scalar { (lowHalf + highHalf).total }
}

extension VectorLane {
  @inline(__always) static var vectorWidth: Int { Vector.scalarCount }
  /// Elements of 128 bits.
  @inline(__always) static var pieceWidth: Int { 16 / MemoryLayout<Self>.size }
}

/// `sum + a·b`, fused where the instruction set fuses.
@inline(__always)
func multiplyAdd<V: SIMD>(_ sum: V, _ a: V, _ b: V) -> V where V.Scalar: FloatingPoint {
  #if DCNCONV_AVX512 || DCNCONV_AVX2 || arch(arm64)
    sum.addingProduct(a, b)
  #else
    sum + a * b  // here addingProduct would call the C library once a lane
  #endif
}

@inline(__always)
func load<S: VectorLane>(_ pointer: UnsafePointer<S>, _ type: S.Type = S.self) -> S.Vector {
  unsafe UnsafeRawPointer(pointer).loadUnaligned(as: S.Vector.self)
}

@inline(__always)
func store<S: VectorLane>(_ vector: S.Vector, _ pointer: UnsafeMutablePointer<S>) {
  unsafe UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: S.Vector.self)
}

@inline(__always)
func multiplyAdd<S: VectorLane>(_ sum: S, _ a: S, _ b: S) -> S {
  #if DCNCONV_AVX512 || DCNCONV_AVX2 || arch(arm64)
    sum.addingProduct(a, b)
  #else
    sum + a * b
  #endif
}
