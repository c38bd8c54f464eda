// swift-tools-version: 6.2
import Foundation
import PackageDescription

let environment = ProcessInfo.processInfo.environment

/// What every target of ours is compiled with.
let language: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),  // data races are compile errors
    .enableUpcomingFeature("ExistentialAny"),  // dynamic dispatch is written out
    .enableUpcomingFeature("InternalImportsByDefault"),  // a dependency leaks only where it is said
    .enableUpcomingFeature("MemberImportVisibility"),  // members come from declared imports alone
    .enableExperimentalFeature("Lifetimes"),  // ByteReader and the spans of tensors borrow their bytes
  ]
  // CI builds with warnings as errors; a user's newer compiler may warn without breaking the build.
  + (environment["DCNCONV_WERROR"] == "1" ? [.treatAllWarnings(as: .error)] : [])

/// Every unsafe use is written `unsafe`; in tests the macros of swift-testing would need it everywhere.
let strict: [SwiftSetting] = language + [.strictMemorySafety()]

/// One folder of source, compiled once per instruction set; the others are symbolic links to `Kernels`.
///
/// `-O` keeps the inner loops fast in debug builds too, and the whole module at once (one object a file, as the
/// build expects, with more than one thread) lets generic kernels be specialised across files there; a kernel
/// without either is a hundred times slower.
func kernels(_ name: String, _ instructions: [String], defining symbol: String? = nil) -> Target {
  .target(
    name: name, dependencies: ["Tensors", "CProcessor"],
    swiftSettings: strict + [
      .unsafeFlags(
        ["-O", "-whole-module-optimization", "-num-threads", "2", "-disable-batch-mode"]
          + instructions.flatMap { ["-Xcc", $0] })
    ]
      + (symbol.map { [.define($0)] } ?? []))
}

#if arch(x86_64)
  let wideKernels = [
    kernels("KernelsAVX2", ["-mavx2", "-mfma"], defining: "DCNCONV_AVX2"),
    kernels(
      "KernelsAVX512",
      [
        "-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mavx2", "-mfma", "-mprefer-vector-width=512",
      ],
      defining: "DCNCONV_AVX512"),
  ]
#else
  let wideKernels: [Target] = []  // on arm64 the one module is NEON already
#endif

#if os(Linux)
  let digests: [Target.Dependency] = ["CCrypto"]  // on Apple systems CryptoKit, which needs no declaration
#else
  let digests: [Target.Dependency] = []
#endif

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let orderedCollections: Target.Dependency = .product(
  name: "OrderedCollections", package: "swift-collections")

func tests(_ module: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: module + "Tests", dependencies: [.target(name: module), "TestSupport"] + dependencies,
    swiftSettings: language)
}

// A target may import only what stands on a lower floor; CI builds with
// --explicit-target-dependency-import-check error and runs a check of its own on top.
let package = Package(
  name: "dcnconv",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "DCNConv", targets: ["Toolkit"]),
    .executable(name: "dcnconv", targets: ["dcnconv"]),
    .executable(name: "dcnbench", targets: ["dcnbench"]),
  ],
  dependencies: [
    // The command line: parsing, help and completion as users of Swift tools know them.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // OrderedDictionary: tensors and attributes keep the order of their file.
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    // Yams: the parity manifest is YAML, as users of CI write it; its errors say line and column.
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Floor 0: bytes, generated schemas, system libraries.
    // HDF5: the traces' exchange format with Python, MATLAB and Julia; its format is far too large to own.
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    // protobuf-c: writes and decodes the pack's header and ONNX graphs behind our own bounded pre-scan.
    .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
    // libzip: npz files are zip archives.
    .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
    // zlib: the checksums of npz files that are written as a run goes, for libzip keeps all until it closes;
    // and how far a deflated piece of an HDF5 file expands, before libhdf5 makes room for it without bound.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // libpng, libjpeg-turbo: image input, bit for bit what OpenCV decodes.
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
    // libcrypto: SHA-256 with the processor's own instructions; a minute less to build than swift-crypto.
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    // OpenBLAS: its sgemm is the yardstick of the benchmarks; nothing else links it.
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    // The edge to libpng and libjpeg in C: their errors are longjmps, which may not cross Swift frames.
    .target(name: "CPictures", dependencies: ["CPNG", "CJPEG"]),
    // Formats imports CSchemas alone: through two modules, protobuf-c's types would be two.
    .target(name: "CSchemas", dependencies: ["CProtobufC"]),
    // What Swift has no words for: instruction sets, prefetching, where a thread wakes, and the SHA instructions.
    // libcrypto hashes one message at a time, two at once take half as long. Optimised in debug builds too, as kernels.
    .target(name: "CProcessor", cSettings: [.unsafeFlags(["-O2"])]),
    .target(name: "Bytes", swiftSettings: strict),
    // Floor 1.
    .target(name: "Tensors", dependencies: ["Bytes", "CProcessor"] + digests, swiftSettings: strict),
    .target(name: "Pictures", dependencies: ["Bytes", "CPictures"], swiftSettings: strict),
    // Floor 2.
    .target(
      name: "Graphs", dependencies: ["Bytes", "Tensors", orderedCollections], swiftSettings: strict),
    kernels("Kernels", []),
  ] + wideKernels + [
    // Floor 3.
    .target(
      name: "Operators",
      dependencies: ["Bytes", "Tensors", "Graphs", "Kernels", "CProcessor", orderedCollections]
        + wideKernels.map { .target(name: $0.name) },
      swiftSettings: strict),
    // Floor 4.
    .target(
      name: "Formats",
      dependencies: [
        "Bytes", "Tensors", "Graphs", "Operators", "CHDF5", "CZip", "CZlib", "CSchemas",
        orderedCollections,
      ], swiftSettings: strict),
    .target(
      name: "Engine", dependencies: ["Bytes", "Tensors", "Graphs", "Operators", orderedCollections],
      swiftSettings: strict),
    .target(
      name: "Architectures",
      dependencies: ["Tensors", "Graphs", "Operators", orderedCollections], swiftSettings: strict),
    .target(
      name: "Rewrites",
      dependencies: ["Tensors", "Graphs", "Operators", orderedCollections], swiftSettings: strict),
    // Floor 5.
    .target(
      name: "Toolkit",
      dependencies: [
        "Bytes", "Tensors", "Pictures", "Graphs", "Operators", "Formats", "Engine", "Architectures",
        "Rewrites", orderedCollections,
      ],
      // What all pages that people read look like.
      resources: ["Pages/page", "Inspection/HTML/inspection"].flatMap {
        [.embedInCode($0 + ".css"), .embedInCode($0 + ".js")]
      }, swiftSettings: strict),
    // Floor 6.
    .target(
      name: "Verification",
      dependencies: [
        "Bytes", "Tensors", "Graphs", "Operators", "Engine", "Formats", "Toolkit", orderedCollections,
        .product(name: "Yams", package: "Yams"),
      ],
      resources: [.embedInCode("Reports/HTML/report.css"), .embedInCode("Reports/HTML/report.js")],
      swiftSettings: strict),
    // Floor 7.
    .executableTarget(
      name: "dcnconv",
      dependencies: [
        "Bytes", "Tensors", "Pictures", "Graphs", "Operators", "Formats", "Engine", "Architectures",
        "Rewrites", "Toolkit", "Verification", argumentParser, orderedCollections,
      ],
      // The recorders go with the program wherever it is installed.
      resources: [
        "dcnconv_trace", "record_mxnet", "record_onnxruntime", "record_openvino", "record_torch", "run_probe",
      ].map {
        .embedInCode("Recording/Programs/\($0).py")
      }, swiftSettings: strict),
    .executableTarget(
      name: "dcnbench",
      dependencies: [
        "Bytes", "Tensors", "Graphs", "Operators", "Formats", "Architectures", "Engine", "Toolkit",
        "Verification",
        "COpenBLAS", argumentParser, orderedCollections,
      ],
      // The program that times other frameworks goes with the benchmark.
      resources: [.embedInCode("Peers/time_peers.py")], swiftSettings: strict),
    // Tests: one target a module, and what they share.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: language),
    tests("Bytes"),
    tests("Tensors", ["Bytes"]),
    tests("Pictures", ["Bytes"]),
    tests("Graphs", ["Bytes", "Tensors", orderedCollections]),
    tests("Operators", ["Bytes", "Tensors", "Graphs", orderedCollections]),
    tests("Formats", ["Bytes", "Tensors", "Graphs", "Operators", orderedCollections]),
    tests("Engine", ["Bytes", "Tensors", "Graphs", "Operators", "Formats", orderedCollections]),
    tests("Architectures", ["Bytes", "Tensors", "Graphs", "Operators", "Formats", orderedCollections]),
    tests("Rewrites", ["Bytes", "Tensors", "Graphs", "Operators", "Formats", "Engine", orderedCollections]),
    tests(
      "Toolkit",
      [
        "Bytes", "Tensors", "Pictures", "Graphs", "Operators", "Formats", "Engine", "Architectures",
        "Rewrites",
        orderedCollections,
      ]),
    tests(
      "Verification",
      [
        "Bytes", "Tensors", "Graphs", "Operators", "Formats", "Engine", "Architectures", "Rewrites",
        "Toolkit",
        orderedCollections,
      ]),
    // What the README shows of the library, built and run as it stands there.
    .executableTarget(
      name: "ReadmeExample", dependencies: ["Toolkit"], path: "Tests/ReadmeExample", swiftSettings: language),
    .testTarget(
      name: "CommandTests",
      dependencies: ["dcnconv", "Bytes", "Tensors", "Formats", "TestSupport", "ReadmeExample", "Pictures"],
      swiftSettings: language),
  ]
)
