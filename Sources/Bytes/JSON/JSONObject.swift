/// A JSON object: members in the order in which they were written, no name twice.
package struct JSONObject: Sendable, ExpressibleByDictionaryLiteral {
  package struct Member: Hashable, Sendable {
    package let key: String
    package fileprivate(set) var value: JSONValue
  }

  package private(set) var members: [Member] = []
  /// Places by key; kept only where members are too many to look through.
  private var places: [String: Int] = [:]

  /// Members up to which looking through them is as fast as a table.
  private static let fewMembers = 8

  package init() {}

  /// - Precondition: no key repeats.
  package init(_ members: some Sequence<(String, JSONValue)>) {
    for (key, value) in members {
      precondition(append(key, value), "key '\(key)' repeats")
    }
  }

  package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }

  package var count: Int { members.count }
  package var keys: [String] { members.map(\.key) }

  private func place(of key: String) -> Int? {
    members.count > Self.fewMembers ? places[key] : members.firstIndex { $0.key == key }
  }

  /// The member's value; setting one that is there keeps its place, setting nil takes it away.
  package subscript(key: String) -> JSONValue? {
    get { place(of: key).map { members[$0].value } }
    set {
      switch (place(of: key), newValue) {
      case (let place?, let value?): members[place].value = value
      case (nil, let value?): append(key, value)
      case (_?, nil): self = JSONObject(members.lazy.filter { $0.key != key }.map { ($0.key, $0.value) })
      case (nil, nil): break
      }
    }
  }

  /// Adds a member behind the others; returns false, and adds nothing, where the key is there already.
  @discardableResult
  package mutating func append(_ key: String, _ value: JSONValue) -> Bool {
    guard place(of: key) == nil else { return false }
    members.append(Member(key: key, value: value))
    if members.count == Self.fewMembers + 1 {
      for (place, member) in members.enumerated() { places[member.key] = place }
    } else if members.count > Self.fewMembers {
      places[key] = members.count - 1
    }
    return true
  }
}

extension JSONObject: Hashable {
  package static func == (a: Self, b: Self) -> Bool { a.members == b.members }
  package func hash(into hasher: inout Hasher) { hasher.combine(members) }
}
