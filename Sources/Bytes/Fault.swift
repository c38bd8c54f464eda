/// An error that says whose fault it is, which decides a command's exit status.
package protocol Fault: Error, CustomStringConvertible {
  var blame: Blame { get }
}

package enum Blame: Sendable {
  /// What was asked for cannot be: a file that does not exist, an option that does not apply.
  case request
  /// A file is corrupt, unsupported or hostile.
  case content
  /// The disk was full, permission was missing, a device failed: trying again may help.
  case environment
}
