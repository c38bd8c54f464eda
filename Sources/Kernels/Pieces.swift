// Shuffles of two vectors by their pieces of 128 bits: each is one instruction, and across a whole wide vector it
// would be a slow one. A vector of one piece has no other to change places with.

extension SIMD2 where Scalar == Double {
  @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self { Self(a.x, b.x) }
  @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self { Self(a.y, b.y) }
  @inline(__always) static func evenPieces(_ a: Self, _ b: Self) -> Self { a }
  @inline(__always) static func oddPieces(_ a: Self, _ b: Self) -> Self { b }
}

extension SIMD4 where Scalar == Float {
  @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self {
    Self(lowHalf: a.evenHalf, highHalf: b.evenHalf)
  }
  @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self {
    Self(lowHalf: a.oddHalf, highHalf: b.oddHalf)
  }
  @inline(__always) static func evenPieces(_ a: Self, _ b: Self) -> Self { a }
  @inline(__always) static func oddPieces(_ a: Self, _ b: Self) -> Self { b }
}

#if DCNCONV_AVX512 || DCNCONV_AVX2
  extension SIMD8 where Scalar == Float {
    @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: .evens(a.lowHalf, b.lowHalf), highHalf: .evens(a.highHalf, b.highHalf))
    }
    @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: .odds(a.lowHalf, b.lowHalf), highHalf: .odds(a.highHalf, b.highHalf))
    }
    @inline(__always) static func evenPieces(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: a.lowHalf, highHalf: b.lowHalf)
    }
    @inline(__always) static func oddPieces(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: a.highHalf, highHalf: b.highHalf)
    }
  }
  extension SIMD4 where Scalar == Double {
    @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: .evens(a.lowHalf, b.lowHalf), highHalf: .evens(a.highHalf, b.highHalf))
    }
    @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: .odds(a.lowHalf, b.lowHalf), highHalf: .odds(a.highHalf, b.highHalf))
    }
    @inline(__always) static func evenPieces(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: a.lowHalf, highHalf: b.lowHalf)
    }
    @inline(__always) static func oddPieces(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: a.highHalf, highHalf: b.highHalf)
    }
  }
#endif

#if DCNCONV_AVX512
  extension SIMD16 where Scalar == Float {
    @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: .evens(a.lowHalf, b.lowHalf), highHalf: .evens(a.highHalf, b.highHalf))
    }
    @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: .odds(a.lowHalf, b.lowHalf), highHalf: .odds(a.highHalf, b.highHalf))
    }
    @inline(__always) static func evenPieces(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: .evenPieces(a.lowHalf, a.highHalf), highHalf: .evenPieces(b.lowHalf, b.highHalf))
    }
    @inline(__always) static func oddPieces(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: .oddPieces(a.lowHalf, a.highHalf), highHalf: .oddPieces(b.lowHalf, b.highHalf))
    }
  }
  extension SIMD8 where Scalar == Double {
    @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: .evens(a.lowHalf, b.lowHalf), highHalf: .evens(a.highHalf, b.highHalf))
    }
    @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: .odds(a.lowHalf, b.lowHalf), highHalf: .odds(a.highHalf, b.highHalf))
    }
    @inline(__always) static func evenPieces(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: .evenPieces(a.lowHalf, a.highHalf), highHalf: .evenPieces(b.lowHalf, b.highHalf))
    }
    @inline(__always) static func oddPieces(_ a: Self, _ b: Self) -> Self {
      Self(lowHalf: .oddPieces(a.lowHalf, a.highHalf), highHalf: .oddPieces(b.lowHalf, b.highHalf))
    }
  }
#endif
