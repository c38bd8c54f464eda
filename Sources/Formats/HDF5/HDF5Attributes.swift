internal import Bytes
internal import CHDF5

/// The attributes of an HDF5 file's root, as texts.
enum HDF5Attributes {
  /// Bytes of one attribute.
  private static let maximumBytes = 1 << 20
  private static let maximumCount = 1024

  /// Scalars of texts, numbers and h5py's booleans; others say nothing of a trace.
  ///
  /// - Throws: `FormatError` where there are too many, or a name is no text.
  static func read(_ file: hid_t, path: String) throws(FormatError) -> [String: String] {
    let collected = HDF5Names(limit: maximumCount)
    let status = unsafe collected.collect { visitor, context in
      unsafe dcn_h5_visit_attributes(file, visitor, context)
    }
    guard status >= 0, !collected.isOverLimit else {
      throw FormatError(file: path, "its attributes cannot be read, or are more than \(maximumCount)")
    }
    var texts: [String: String] = [:]
    for (name, _) in try collected.texts(file: path, place: "attributes") {
      // SAFETY: the text lives as long as the call.
      guard let attribute = HDF5Handle(unsafe H5Aopen(file, name, 0)),
        let type = HDF5Handle(H5Aget_type(attribute.id)), let space = HDF5Handle(H5Aget_space(attribute.id)),
        H5Sget_simple_extent_npoints(space.id) == 1, H5Aget_storage_size(attribute.id) <= maximumBytes
      else { continue }
      if let text = text(attribute.id, type.id) { texts[name] = text }
    }
    return texts
  }

  private static func text(_ attribute: hid_t, _ type: hid_t) -> String? {
    switch H5Tget_class(type) {
    case H5T_STRING:
      return H5Tis_variable_str(type) > 0 ? variableText(attribute, type) : fixedText(attribute, type)
    case H5T_INTEGER:
      var number: Int64 = 0
      // SAFETY: the attribute has one element, read as the number's own type.
      return unsafe H5Aread(attribute, dcn_h5_native_int64(), &number) >= 0 ? String(number) : nil
    case H5T_FLOAT:
      var number = 0.0
      // SAFETY: as above.
      return unsafe H5Aread(attribute, dcn_h5_native_double(), &number) >= 0 ? "\(number)" : nil
    case H5T_ENUM:
      guard H5Tget_size(type) == 1 else { return nil }
      var value: Int8 = 0
      // SAFETY: the attribute has one element of one byte.
      return unsafe H5Aread(attribute, type, &value) >= 0 ? (value == 0 ? "false" : "true") : nil
    default: return nil
    }
  }

  private static func variableText(_ attribute: hid_t, _ type: hid_t) -> String? {
    guard let memory = textType(size: dcn_h5_variable(), like: type) else { return nil }
    var text: UnsafeMutablePointer<CChar>?
    // SAFETY: libhdf5 puts the address of a text of its own there, which ends with a zero.
    guard unsafe H5Aread(attribute, memory.id, &text) >= 0, let start = unsafe text else { return nil }
    defer { unsafe H5free_memory(start) }
    let bytes = unsafe UnsafeBufferPointer(start: start, count: strnlen(start, maximumBytes))
    return unsafe checkedText(bytes.map { UInt8(bitPattern: $0) })
  }

  private static func fixedText(_ attribute: hid_t, _ type: hid_t) -> String? {
    let size = H5Tget_size(type)
    guard size > 0, size <= maximumBytes else { return nil }
    var bytes = [UInt8](repeating: 0, count: size)
    // SAFETY: there is room for the text's size.
    guard unsafe H5Aread(attribute, type, &bytes) >= 0 else { return nil }
    return checkedText(Array(bytes.prefix { $0 != 0 }))
  }

  private static func checkedText(_ bytes: [UInt8]) -> String? { try? String(checking: bytes.span) }

  private static func textType(size: Int, like type: hid_t) -> HDF5Handle? {
    guard let memory = HDF5Handle(H5Tcopy(dcn_h5_text())), H5Tset_size(memory.id, size) >= 0,
      H5Tset_cset(memory.id, H5Tget_cset(type)) >= 0
    else { return nil }
    return memory
  }

  /// Adds texts to a new file's root.
  ///
  /// - Throws: `FormatError` where libhdf5 cannot.
  static func write(_ texts: [(name: String, text: String)], to file: hid_t, path: String) throws(FormatError)
  {
    for (name, text) in texts {
      guard let type = HDF5Handle(H5Tcopy(dcn_h5_text())), H5Tset_size(type.id, dcn_h5_variable()) >= 0,
        H5Tset_cset(type.id, H5T_CSET_UTF8) >= 0, let space = HDF5Handle(H5Screate(H5S_SCALAR)),
        // SAFETY: the texts live as long as the calls.
        let attribute = HDF5Handle(unsafe H5Acreate2(file, name, type.id, space.id, 0, 0)),
        unsafe text.withCString({ start in
          var start: UnsafePointer<CChar>? = unsafe start
          return unsafe H5Awrite(attribute.id, type.id, &start) >= 0
        })
      else { throw FormatError(.environment, file: path, place: "attribute '\(name)'", "cannot be written") }
    }
  }
}
