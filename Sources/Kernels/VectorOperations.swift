// What the compiler turns into single instructions only where it knows the type: the same lines for both.

extension Float {
  @inline(__always) var single: Float { self }
  @inline(__always) static func larger(_ a: Vector, _ b: Vector) -> Vector {
    a.replacing(with: b, where: b .> a)
  }
  @inline(__always) static func maximum(_ a: Vector, _ b: Vector) -> Vector {
    b.replacing(with: a, where: (a .> b) .| (a .!= a))
  }
  @inline(__always) static func minimum(_ a: Vector, _ b: Vector) -> Vector {
    b.replacing(with: a, where: (a .< b) .| (a .!= a))
  }
  @inline(__always) static func rectified(_ a: Vector) -> Vector { a.replacing(with: 0, where: a .<= 0) }
  @inline(__always) static func evenHalves(_ a: Vector, _ b: Vector) -> Vector {
    Vector(lowHalf: a.evenHalf, highHalf: b.evenHalf)
  }
  @inline(__always) static func oddHalves(_ a: Vector, _ b: Vector) -> Vector {
    Vector(lowHalf: a.oddHalf, highHalf: b.oddHalf)
  }
}

extension Double {
  @inline(__always) var single: Float { Float(self) }
  @inline(__always) static func larger(_ a: Vector, _ b: Vector) -> Vector {
    a.replacing(with: b, where: b .> a)
  }
  @inline(__always) static func maximum(_ a: Vector, _ b: Vector) -> Vector {
    b.replacing(with: a, where: (a .> b) .| (a .!= a))
  }
  @inline(__always) static func minimum(_ a: Vector, _ b: Vector) -> Vector {
    b.replacing(with: a, where: (a .< b) .| (a .!= a))
  }
  @inline(__always) static func rectified(_ a: Vector) -> Vector { a.replacing(with: 0, where: a .<= 0) }
  #if DCNCONV_AVX512 || DCNCONV_AVX2
    @inline(__always) static func evenHalves(_ a: Vector, _ b: Vector) -> Vector {
      Vector(lowHalf: a.evenHalf, highHalf: b.evenHalf)
    }
    @inline(__always) static func oddHalves(_ a: Vector, _ b: Vector) -> Vector {
      Vector(lowHalf: a.oddHalf, highHalf: b.oddHalf)
    }
  #else
    @inline(__always) static func evenHalves(_ a: Vector, _ b: Vector) -> Vector { Vector(a.x, b.x) }
    @inline(__always) static func oddHalves(_ a: Vector, _ b: Vector) -> Vector { Vector(a.y, b.y) }
  #endif
}
