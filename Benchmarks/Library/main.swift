// Speed of what libecg does, one thread. `Benchmarks/run` runs this and then the peers beside it.
//   benchmark [networks] [outliers] [records] [formats]        (all but the last, if none is named)
//   benchmark networks NAME…                        a network, or one row: "embedder1d, 90 people, batch 1, int8"
//   benchmark memory RECORDING                      the most memory that going through a recording takes
let arguments = CommandLine.arguments.dropFirst()
if arguments.first == "memory", let path = arguments.last {
  try benchmarkMemory(path)
} else {
  let parts = ["networks", "outliers", "records", "formats"]
  print("benchmark", "library", "microseconds", separator: "\t")
  if arguments.isEmpty || arguments.contains("networks") {
    benchmarkNetworks(arguments.filter { !parts.contains($0) })
  }
  if arguments.isEmpty || arguments.contains("outliers") { benchmarkOutliers() }
  if arguments.isEmpty || arguments.contains("records") {
    benchmarkRecords()
    benchmarkSimulator()
  }
  if arguments.contains("formats") { benchmarkFormats() }
}
