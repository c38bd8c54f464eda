internal import Bytes
internal import CHDF5

/// The datasets of an HDF5 file, found by walking its groups.
struct HDF5Directory {
  /// Paths from the root without a leading slash, in the order of the names.
  private(set) var datasets: [String] = []

  private let file: hid_t
  private let path: String
  /// Groups that have been met: a group has one name, or the walk would not end.
  private var groups: Set<UInt64> = []
  private var nameBytes = 0
  private var linkCount = 0

  /// Groups inside one another.
  private static let maximumDepth = 64

  /// - Throws: `FormatError` where a link leads elsewhere, groups hold each other, or there are too many of them.
  init(_ file: hid_t, path: String) throws(FormatError) {
    self.file = file
    self.path = path
    try walk("", depth: 0)
  }

  private mutating func walk(_ group: String, depth: Int) throws(FormatError) {
    guard depth <= Self.maximumDepth else {
      throw fault(group, "groups stand more than \(Self.maximumDepth) deep inside one another")
    }
    for link in try links(of: group) {
      let place = group.isEmpty ? link.name : group + "/" + link.name
      guard link.kind == H5L_TYPE_HARD.rawValue else {
        throw fault(
          place, "is a soft or external link, which is not followed: write the dataset itself under the name")
      }
      nameBytes += place.utf8.count
      guard nameBytes <= Limits.jsonBytes else { throw fault(place, "the names are too long together") }
      try open(place, depth: depth)
    }
  }

  private mutating func open(_ place: String, depth: Int) throws(FormatError) {
    // SAFETY: the text lives as long as the call.
    guard let object = HDF5Handle(unsafe H5Oopen(file, place, 0)) else {
      throw fault(place, "cannot be opened")
    }
    switch H5Iget_type(object.id) {
    case H5I_DATASET: datasets.append(place)
    case H5I_GROUP:
      var identity: UInt64 = 0
      // SAFETY: the number outlives the call.
      guard unsafe dcn_h5_identity(object.id, &identity) >= 0 else { throw fault(place, "cannot be read") }
      guard groups.insert(identity).inserted else {
        throw fault(place, "is a group that stands in the file under another name too")
      }
      try walk(place, depth: depth + 1)
    default: break  // A named type holds no numbers.
    }
  }

  /// The links of a group by name.
  private mutating func links(of group: String) throws(FormatError) -> [(name: String, kind: UInt32)] {
    let collected = HDF5Names(limit: Limits.tensors - linkCount)
    // SAFETY: the text lives as long as the call.
    guard let handle = HDF5Handle(unsafe H5Gopen2(file, group.isEmpty ? "/" : group, 0)) else {
      throw fault(group, "cannot be opened")
    }
    let status = unsafe collected.collect { visitor, context in
      unsafe dcn_h5_visit_links(handle.id, visitor, context)
    }
    linkCount += collected.entries.count
    guard !collected.isOverLimit else {
      throw fault(
        group, "the file has more than \(Limits.tensors) links, or a name of over \(Limits.nameBytes) bytes")
    }
    guard status >= 0 else { throw fault(group, "its links cannot be read") }
    if groups.isEmpty {
      var identity: UInt64 = 0
      // SAFETY: the number outlives the call.
      if unsafe dcn_h5_identity(handle.id, &identity) >= 0 { groups.insert(identity) }
    }
    return try collected.texts(file: path, place: "group '\(group)'")
  }

  private func fault(_ place: String, _ explanation: String) -> FormatError {
    FormatError(file: path, place: "'\(place)'", explanation)
  }
}

/// Names that libhdf5 calls back with.
final class HDF5Names {
  private(set) var entries: [(name: [UInt8], kind: UInt32)] = []
  private(set) var isOverLimit = false
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Lets libhdf5 call back; gives what it returned.
  func collect(_ visit: (dcn_h5_visitor, UnsafeMutableRawPointer) -> Int32) -> Int32 {
    // SAFETY: `self` outlives the call, which alone uses the pointer.
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    return withExtendedLifetime(self) {
      unsafe visit(
        { name, kind, context in
          guard let name = unsafe name, let context = unsafe context else { return 1 }
          let names = unsafe Unmanaged<HDF5Names>.fromOpaque(context).takeUnretainedValue()
          // SAFETY: libhdf5's names end with a zero.
          let bytes = unsafe UnsafeBufferPointer(start: name, count: strnlen(name, Limits.nameBytes + 1))
          return unsafe names.add(bytes.map { UInt8(bitPattern: $0) }, kind: kind)
        }, context)
    }
  }

  private func add(_ name: [UInt8], kind: Int32) -> Int32 {
    guard entries.count < limit, name.count <= Limits.nameBytes else {
      isOverLimit = true
      return 1
    }
    entries.append((name, UInt32(bitPattern: kind)))
    return 0
  }

  /// - Throws: `FormatError` where a name is no text.
  func texts(file: String, place: String) throws(FormatError) -> [(name: String, kind: UInt32)] {
    var texts: [(name: String, kind: UInt32)] = []
    for entry in entries {
      do throws(TextFault) {
        texts.append((try String(checking: entry.name.span), entry.kind))
      } catch {
        throw FormatError(
          file: file, place: place, "found a name of \(error.found), expected \(error.expected)")
      }
    }
    return texts
  }
}
