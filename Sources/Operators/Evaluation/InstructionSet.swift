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

  /// What the machine has, up to the one that the environment variable `DCNCONV_ISA` names: `baseline`, `avx2`,
  /// `avx512`, or its number.
  package static let chosen: InstructionSet = {
    guard let text = unsafe getenv("DCNCONV_ISA") else { return machine }
    let word = unsafe String(cString: text).lowercased()
    let wish = allCases.first { "\($0)" == word || "\($0.rawValue)" == word }
    return min(wish ?? machine, machine)
  }()

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
