// Speed of what libecg does, one thread. `Benchmarks/run` runs this and then the peers beside it.
//   benchmark [networks] [outliers] [records] [formats]        (all but the last, if none is named)
//   benchmark networks NAME…                        of a network, or one row: "embedder1d, 90 people, batch 1, int8"
//   benchmark memory RECORDING                      the most memory that going through a recording takes
let parts = CommandLine.arguments.dropFirst()
if parts.first == "memory", let path = parts.last {
  try benchmarkMemory(path)
} else if parts.first == "networks", parts.count > 1, !parts.contains("outliers"), !parts.contains("records") {
  benchmarkNetworks(Array(parts.dropFirst()))
} else {
  print("benchmark", "library", "microseconds", separator: "\t")
  if parts.isEmpty || parts.contains("networks") { benchmarkNetworks([]) }
  if parts.isEmpty || parts.contains("outliers") { benchmarkOutliers() }
  if parts.isEmpty || parts.contains("records") {
    benchmarkRecords()
    benchmarkSimulator()
  }
  if parts.contains("formats") { benchmarkFormats() }
}
