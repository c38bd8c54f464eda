internal import Graphs
internal import Tensors

extension [Provenance.Source] {
  /// Files whose digests have not been taken, as bytes to hash.
  var unhashed: [Tensor] { compactMap { $0.file.map { Tensor(bytesOf: $0) } } }

  /// The same sources with the digests of those that were `unhashed`, in their order.
  ///
  /// - Precondition: there are as many.
  func hashed(_ digests: some Collection<Digest>) -> [Provenance.Source] {
    var rest = digests[...]
    return map { $0.file == nil ? $0 : $0.hashed(rest.removeFirst()) }
  }
}
