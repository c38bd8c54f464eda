/// Every group of cases; one line each, and nothing else to register.
enum BenchmarkTable {
  static let all: [any Benchmark.Type] = [
    ConvolutionBenchmark.self,
    RegionBenchmark.self,
    NetworkBenchmark.self,
    VerificationBenchmark.self,
    ScalingBenchmark.self,
    ImportBenchmark.self,
  ]
}
