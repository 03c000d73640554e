// Speed of what libecg does, one thread. `Benchmarks/run` runs this and then the peers beside it.
//   benchmark [networks] [records] [formats]        (the first two, if none is named)
let parts = CommandLine.arguments.dropFirst()
print("benchmark", "library", "microseconds", separator: "\t")
if parts.isEmpty || parts.contains("networks") { benchmarkNetworks() }
if parts.isEmpty || parts.contains("records") {
  benchmarkRecords()
  benchmarkSimulator()
}
if parts.contains("formats") { benchmarkFormats() }
