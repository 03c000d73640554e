import Foundation

/// Microseconds of processor time that one call of `body` takes: of as many calls as fit into a second, after a warm-up, the
/// fastest twentieth's slowest. Processor time, since other processes only add to the wall clock's; not the fastest call, since
/// where a hypervisor takes the processor away, the clock may stand still for a moment of the call that it meets.
func microseconds(within time: Duration = .seconds(1), _ body: () -> Void) -> Double {
  fastest(times(within: time, body))
}

/// The same of several in turns of a tenth of a second each, so that whatever else a machine does meets all of them; each has
/// the caches to itself in its turn.
func microseconds(inTurns bodies: [() -> Void]) -> [Double] {
  var all = bodies.map { _ in [Double]() }
  for _ in 0..<10 {
    for (index, body) in bodies.enumerated() { all[index] += times(within: .milliseconds(100), body) }
  }
  return all.map(fastest)
}

private func times(within time: Duration, _ body: () -> Void) -> [Double] {
  body()
  var times: [Double] = []
  let end = ContinuousClock.now + time
  while times.count < 5 || ContinuousClock.now < end {
    let start = threadTime()
    body()
    times.append(threadTime() - start)
  }
  return times
}

private func fastest(_ times: [Double]) -> Double { times.sorted()[times.count / 20] }

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
