import Foundation

/// Microseconds of processor time that one call of `body` takes: the fastest of as many calls as fit into a second,
/// after a warm-up. Processor time, since other processes only add to the wall clock's.
func microseconds(within time: Duration = .seconds(1), _ body: () -> Void) -> Double {
  body()
  var fastest = Double.infinity
  var calls = 0
  let end = ContinuousClock.now + time
  while calls < 5 || ContinuousClock.now < end {
    let start = threadTime()
    body()
    fastest = min(fastest, threadTime() - start)
    calls += 1
  }
  return fastest
}

/// The same of several in turns of a tenth of a second each, so that whatever else a machine does meets all of them; each has
/// the caches to itself in its turn.
func microseconds(inTurns bodies: [() -> Void]) -> [Double] {
  var fastest = bodies.map { _ in Double.infinity }
  for _ in 0..<10 {
    for (index, body) in bodies.enumerated() {
      fastest[index] = min(fastest[index], microseconds(within: .milliseconds(100), body))
    }
  }
  return fastest
}

/// Microseconds that this thread has run.
private func threadTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) * 1e-3
}

/// One row of the table, as the peers' scripts print theirs.
func report(_ benchmark: String, library: String = "ecg", _ microseconds: Double) {
  print(benchmark, library, String(format: "%.1f", microseconds), separator: "\t")
}
