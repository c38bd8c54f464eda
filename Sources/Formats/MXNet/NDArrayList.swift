package import Bytes
package import Tensors

/// MXNet's file of arrays (`.params`), as `mx.nd.save` of every version wrote it.
///
/// ```
/// u64 0x112 · u64 reserved · u64 n · n arrays · u64 0 or n · that many names (u64 bytes, UTF-8)
/// ```
/// Little-endian, nothing is aligned (mxnet src/ndarray/ndarray.cc `NDArray::Load`, dmlc `serializer.h`).
package struct NDArrayList: Sendable {
  package static let magic: UInt64 = 0x112

  /// How one array is laid out; each array of a file says it for itself.
  package enum Version: Int, Sendable, Comparable {
    /// The first word is the count of dimensions (before May 2017).
    case v0
    case v1
    /// With a storage type: dense or sparse (0.12 to 1.9).
    case v2
    /// With numpy's shapes, where no dimensions are a scalar (1.5 on).
    case v3

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  }

  package enum Storage: Int32, Sendable {
    case dense, rowSparse, csr

    /// MXNet's own word for it.
    package var name: String {
      switch self {
      case .dense: "default"
      case .rowSparse: "row_sparse"
      case .csr: "csr"
      }
    }
  }

  package struct Array: Sendable {
    /// `0`, `1`, … where the file names none.
    package let name: String
    package let version: Version
    package let storage: Storage
    /// The elements, dense whatever the storage; nil for an array that was never allocated.
    package let tensor: Tensor?
  }

  package let arrays: [Array]
  /// Bytes behind the names, which MXNet never reads.
  package let trailingBytes: Int

  /// Reads a mapped file; dense arrays are slices of it, nothing is copied.
  ///
  /// - Throws: `ByteError` with the array, the field and the byte.
  /// - Complexity: touches the headers of the arrays and their names; sparse arrays are made dense.
  package init(_ file: MappedFile) throws(ByteError) {
    var parser = NDArrayListParser(file.bytes, file: file.path)
    let layouts = try parser.arrays()
    let names = try parser.names(count: layouts.count)
    trailingBytes = parser.remaining
    var densified = 0
    var arrays: [Array] = []
    for (layout, name) in zip(layouts, names) {
      let tensor = try layout.tensor(in: file, name: name, densified: &densified)
      arrays.append(Array(name: name, version: layout.version, storage: layout.storage, tensor: tensor))
    }
    self.arrays = arrays
  }

  /// The container versions that occur: `V2`, `V0+V1`; none in an empty list.
  package var versions: String {
    Set(arrays.map(\.version)).sorted().map { "V\($0.rawValue)" }.joined(separator: "+")
  }
}
