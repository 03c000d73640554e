// Speed of what libecg does, one thread. `Benchmarks/run` runs this and then the peers beside it.
print("benchmark", "library", "microseconds", separator: "\t")
benchmarkNetworks()
benchmarkRecords()
benchmarkSimulator()
