internal import ArgumentParser
internal import Bytes
internal import Foundation
internal import Operators
internal import Tensors

/// The command `dcnconv`; each subcommand is a file of its own.
struct DCNConv: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dcnconv",
    abstract: "Reads, checks and converts Deformable ConvNets.",
    discussion: """
      Wherever a MODEL is asked for, any readable format will do: MXNet .params with or without its symbol \
      JSON, a symbol JSON alone, ONNX, a native .dcnpack. The format is found by content, not by ending.

      Exit status: 0 all holds; 1 a parity failure; 2 wrong usage or a missing file; 3 a file is corrupt, \
      unsupported or hostile; 4 the environment failed (disk full, no permission): trying again may help.
      """,
    version: "dcnconv " + DCNConv.version,
    subcommands: [
      ImportCommand.self, InspectCommand.self, VerifyCommand.self, RunCommand.self, RecordCommand.self,
      DialectCommand.self, ProbeCommand.self, DiffCommand.self, LintCommand.self, ExportCommand.self,
      BenchCommand.self, HDF5TrialCommand.self,
    ])

  static let version = "0.1.0"

  /// What `--version --verbose` prints: also the instruction set of the kernels that this machine and
  /// `DCNCONV_ISA` lead to.
  static var verboseVersion: String {
    let chosen = InstructionSet.chosen
    let all = InstructionSet.available.map { "\($0)" }.joined(separator: ", ")
    return """
      dcnconv \(version)
      kernels: \(chosen.kernels.name) (\(chosen)); this machine runs \(all); DCNCONV_ISA chooses among them
      """
  }
}

/// Statuses with which the program ends (see the help text).
enum ExitStatus: Int32 {
  case success = 0
  case parityFailure = 1
  case usage = 2
  case content = 3
  case environment = 4

  init(_ blame: Blame) {
    switch blame {
    case .request: self = .usage
    case .content: self = .content
    case .environment: self = .environment
    }
  }
}

/// Ends a command that has printed its result with something else than success.
struct Finished: Error {
  let status: ExitStatus
}

@main
enum Program {
  static func main() {
    // A limit on file sizes is then an error of the write (exit status 4), not the program's death.
    _ = signal(SIGXFSZ, SIG_IGN)
    if let complaint = InstructionSet.complaint {
      Console.standardError.write("dcnconv: error: \(complaint)\n")
      exit(ExitStatus.usage.rawValue)
    }
    if Set(CommandLine.arguments.dropFirst()) == ["--version", "--verbose"] {
      Console.standardOutput.write(DCNConv.verboseVersion + "\n")
      exit(ExitStatus.success.rawValue)
    }
    do {
      var command = try DCNConv.parseAsRoot()
      try command.run()
    } catch let finished as Finished {
      exit(finished.status.rawValue)
    } catch let fault as any Fault {
      Console.standardError.write("dcnconv: error: \(fault)\n")
      exit(ExitStatus(fault.blame).rawValue)
    } catch {
      let message = DCNConv.fullMessage(for: error)
      if DCNConv.exitCode(for: error).isSuccess {
        Console.standardOutput.write(message + "\n")
        exit(ExitStatus.success.rawValue)
      }
      Console.standardError.write(message + "\n")
      exit(ExitStatus.usage.rawValue)
    }
  }
}
