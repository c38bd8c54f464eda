public import Foundation

/// The arrays of an npz file that numpy wrote uncompressed; for tests below the floor that reads npz.
public struct RecordedArrays: Sendable {
  public struct Fault: Error { public let what: String }

  /// One array: its type as numpy writes it (`|u1`, `<f4`), its shape, and its bytes.
  public struct Entry: Sendable {
    public let type: String
    public let shape: [Int]
    public let bytes: [UInt8]

    /// The elements, read as little-endian numbers whose size is the type's.
    public func elements<T: BitwiseCopyable>(as type: T.Type) -> [T] {
      precondition(bytes.count % MemoryLayout<T>.size == 0)
      return bytes.withUnsafeBytes { source in
        stride(from: 0, to: source.count, by: MemoryLayout<T>.size).map {
          source.loadUnaligned(fromByteOffset: $0, as: T.self)
        }
      }
    }
  }

  private let entries: [String: Entry]

  public var names: [String] { entries.keys.sorted() }

  public init(_ file: URL) throws {
    let bytes = [UInt8](try Data(contentsOf: file))
    var entries: [String: Entry] = [:]
    var place = 0
    func number(_ at: Int, _ size: Int) -> Int {
      (0..<size).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
    }
    // Local headers follow each other; numpy gives sizes in the 64-bit extra field.
    while place + 30 <= bytes.count, number(place, 4) == 0x0403_4B50 {
      guard number(place + 8, 2) == 0 else { throw Fault(what: "\(file.path): a compressed array") }
      let nameLength = number(place + 26, 2)
      let extraLength = number(place + 28, 2)
      let extra = place + 30 + nameLength
      let short = number(place + 18, 4)
      let size = short == 0xFFFF_FFFF ? number(extra + 12, 8) : short
      let name = String(decoding: bytes[place + 30..<extra], as: UTF8.self)
      let start = extra + extraLength
      entries[String(name.dropLast(4))] = try Entry(npy: bytes[start..<start + size])
      place = start + size
    }
    self.entries = entries
  }

  public subscript(_ name: String) -> Entry {
    get throws {
      guard let entry = entries[name] else { throw Fault(what: "no array '\(name)'") }
      return entry
    }
  }

  public func contains(_ name: String) -> Bool { entries[name] != nil }
}

extension RecordedArrays.Entry {
  /// Version 1 of numpy's format: ten bytes, a Python dict in ASCII, the elements in row-major order.
  fileprivate init(npy file: ArraySlice<UInt8>) throws {
    let start = file.startIndex
    let length = Int(file[start + 8]) | Int(file[start + 9]) << 8
    let header = String(decoding: file[start + 10..<start + 10 + length], as: UTF8.self)
    guard let type = header.firstMatch(of: /'descr': '([^']*)'/)?.1,
      let shape = header.firstMatch(of: /'shape': \(([^)]*)\)/)?.1, header.contains("'fortran_order': False")
    else { throw RecordedArrays.Fault(what: "header \(header)") }
    self.type = String(type)
    self.shape = shape.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    bytes = Array(file[(start + 10 + length)...])
  }
}
