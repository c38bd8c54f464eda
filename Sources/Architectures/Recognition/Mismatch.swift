package import Graphs
package import Tensors

/// A tensor that keeps a file and a network from fitting each other.
package enum Mismatch: Hashable, Sendable, CustomStringConvertible {
  /// The network needs it; the file does not have it.
  case missing(tensor: String, expected: PartialShape)
  /// The file has it; the network has no place for it.
  case unused(tensor: String, found: Shape)
  /// Both have it, with different shapes.
  case shape(tensor: String, found: Shape, expected: PartialShape)

  package var tensor: String {
    switch self {
    case .missing(let tensor, _), .unused(let tensor, _), .shape(let tensor, _, _): tensor
    }
  }

  package var description: String {
    switch self {
    case .missing(let tensor, let expected): "\(tensor): missing, expected \(expected)"
    case .unused(let tensor, let found): "\(tensor): \(found) has no place in the network"
    case .shape(let tensor, let found, let expected): "\(tensor): found \(found), expected \(expected)"
    }
  }
}
