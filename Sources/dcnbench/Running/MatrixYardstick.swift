internal import COpenBLAS

/// OpenBLAS's sgemm on matrices of a convolution's shape: `groups` times `[rows, depth]` by `[depth, columns]`.
final class MatrixYardstick {
  private let groups: Int
  private let rows: Int
  private let depth: Int
  private let columns: Int
  private var a: [Float]
  private var b: [Float]
  private var c: [Float]

  init(groups: Int = 1, rows: Int, depth: Int, columns: Int) {
    self.groups = groups
    self.rows = rows
    self.depth = depth
    self.columns = columns
    var numbers = UniformNumbers()
    a = numbers.floats(groups * rows * depth)
    b = numbers.floats(groups * depth * columns)
    c = Array(repeating: 0, count: groups * rows * columns)
  }

  /// Billions of floating-point operations of a run.
  var gigaflop: Double { 2e-9 * Double(groups) * Double(rows) * Double(depth) * Double(columns) }
  var shape: String { (groups > 1 ? "\(groups) × " : "") + "\(rows) × \(depth) × \(columns)" }

  func run(threads: Int) {
    openblas_set_num_threads(Int32(threads))
    // SAFETY: each group's matrices are `rows · depth`, `depth · columns` and `rows · columns` elements.
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          for group in 0..<groups {
            unsafe cblas_sgemm(
              CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(columns), blasint(depth), 1,
              a + group * rows * depth, blasint(depth), b + group * depth * columns, blasint(columns), 0,
              c + group * rows * columns, blasint(columns))
          }
        }
      }
    }
  }
}
