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
  @inline(__always) static func evens(_ a: Vector, _ b: Vector) -> Vector { .evens(a, b) }
  @inline(__always) static func odds(_ a: Vector, _ b: Vector) -> Vector { .odds(a, b) }
  @inline(__always) static func evenPieces(_ a: Vector, _ b: Vector) -> Vector { .evenPieces(a, b) }
  @inline(__always) static func oddPieces(_ a: Vector, _ b: Vector) -> Vector { .oddPieces(a, b) }
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
  @inline(__always) static func evens(_ a: Vector, _ b: Vector) -> Vector { .evens(a, b) }
  @inline(__always) static func odds(_ a: Vector, _ b: Vector) -> Vector { .odds(a, b) }
  @inline(__always) static func evenPieces(_ a: Vector, _ b: Vector) -> Vector { .evenPieces(a, b) }
  @inline(__always) static func oddPieces(_ a: Vector, _ b: Vector) -> Vector { .oddPieces(a, b) }
}
