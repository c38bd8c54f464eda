internal import Bytes
internal import Graphs
internal import OrderedCollections
internal import Tensors

extension Model {
  /// Writing over a source would lose it, and so would a failure of the disk on the way.
  ///
  /// - Throws: `FormatError` where the output is one of the files that the model was read from.
  func refuseSource(_ path: String) throws(FormatError) {
    let files = provenance.sources.compactMap(\.file) + tensors.values.compactMap { $0.place?.file }
    if files.contains(where: { $0.isNamed(path) }) {
      throw FormatError(.request, file: path, "is a source of this model; choose another output")
    }
  }
}
