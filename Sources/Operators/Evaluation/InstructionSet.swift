internal import CProcessor
internal import Kernels
package import Tensors

#if arch(x86_64)
  internal import KernelsAVX2
  internal import KernelsAVX512
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The instruction sets that the kernels are compiled for.
package enum InstructionSet: Int, Sendable, CaseIterable, Comparable {
  /// x86-64 as the first of them, or NEON on arm64.
  case baseline
  /// AVX2 with FMA.
  case avx2
  /// AVX-512 F, VL, DQ and BW.
  case avx512

  package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  /// The widest one that processor and system support.
  package static let machine: InstructionSet =
    InstructionSet(rawValue: Int(dcn_instruction_set())) ?? .baseline

  /// What the environment variable `DCNCONV_ISA` asks for: `baseline`, `avx2`, `avx512`, or its number. A word that is
  /// none of them is kept; an empty one asks for nothing.
  private static let wish: (set: InstructionSet?, unknown: String?) = {
    guard let text = unsafe getenv("DCNCONV_ISA") else { return (nil, nil) }
    let word = unsafe String(cString: text)
    let set = allCases.first { "\($0)" == word.lowercased() || "\($0.rawValue)" == word }
    return (set, set == nil && !word.isEmpty ? word : nil)
  }()

  /// What the machine has, up to the one that `DCNCONV_ISA` names.
  package static let chosen: InstructionSet = min(wish.set ?? machine, machine)

  /// What is wrong with `DCNCONV_ISA`, for a program to say before it computes anything; nil if nothing is.
  package static var complaint: String? {
    wish.unknown.map { word in
      let names = allCases.map { "\($0)" }.joined(separator: ", ")
      return "the environment variable DCNCONV_ISA is '\(word)', expected one of \(names); without it"
        + " the widest set that the processor has is used"
    }
  }

  /// Every one that the machine can run.
  package static var available: [InstructionSet] { allCases.filter { $0 <= machine } }

  /// - Precondition: the machine can run it.
  package var kernels: KernelModule {
    precondition(self <= .machine, "this machine has no \(self)")
    #if arch(x86_64)
      switch self {
      case .baseline: return Kernels.kernelModule
      case .avx2: return KernelsAVX2.kernelModule
      case .avx512: return KernelsAVX512.kernelModule
      }
    #else
      return Kernels.kernelModule
    #endif
  }
}
