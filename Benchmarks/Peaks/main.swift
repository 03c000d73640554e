// R peaks of raw recordings by each of our detectors, for Benchmarks/accuracy/r_peaks:
//
//     benchmark-peaks --list                      the detectors' names
//     benchmark-peaks NAME RATE FILE…             raw float32 in mV, NaN where nothing was measured
//
// One line for each file: the peaks' positions in samples. An empty line where a detector refuses.

import ECGCore
import ECGSignal
import Foundation

/// A detector by name: positions of the R peaks of a signal (mV) at a rate (Hz).
let detectors: [(name: String, find: ([Float], Double) throws -> [Int])] = [
  ("beat-path", beatPath),
  ("pan-tompkins", panTompkins),
  ("pipeline", pipeline),
]

/// The detector alone, on the signal as it is.
func panTompkins(_ samples: [Float], _ rate: Double) throws -> [Int] {
  let detector = try PanTompkins(samplingRate: rate)
  let signal = bridged(samples)
  var peaks = [Int](repeating: 0, count: detector.largestPeakCount(signal.count))
  return try withArena(64 + 32 * signal.count) { arena in
    var span = peaks.mutableSpan
    let found = try detector.detect(signal.span, into: &span, arena: &arena)
    return Array(peaks[0..<found])
  }
}

/// The detector for signals as they come, missing samples and all.
func beatPath(_ samples: [Float], _ rate: Double) throws -> [Int] {
  var peaks = [RPeak](
    repeating: RPeak(position: 0, confidence: 0),
    count: RPeakDetector.largestPeakCount(samples.count, samplingRate: rate, isLast: true))
  return try withArena(try RPeakDetector.memorySize(samplingRate: rate)) { arena in
    var span = peaks.mutableSpan
    let found = try RPeakDetector.detect(samples.span, samplingRate: rate, into: &span, arena: &arena)
    return peaks[0..<found].map { Int($0.position) }
  }
}

/// The whole chain: band-pass, detection, the peak moved to the true maximum. Every peak counts, whatever its beat
/// looks like, but those at the ends, which have no whole beat.
func pipeline(_ samples: [Float], _ rate: Double) throws -> [Int] {
  var configuration = PipelineConfiguration()
  configuration.smallestAmplitude = 0
  configuration.amplitudeRatio = 1e6
  let pipeline = try Pipeline(configuration)
  let most = try pipeline.largestBeatCount(sampleCount: samples.count, samplingRate: rate)
  var beats = [Float](repeating: 0, count: most * pipeline.beatLength)
  var peaks = [Int](repeating: 0, count: most)
  return try withArena(try pipeline.scratchSize(sampleCount: samples.count, samplingRate: rate)) { arena in
    var beatSpan = beats.mutableSpan
    var peakSpan = peaks.mutableSpan
    let report = try pipeline.run(
      samples.span, samplingRate: rate, arena: &arena, beats: &beatSpan, peaks: &peakSpan)
    return Array(peaks[0..<report.beatCount])
  }
}

func bridged(_ samples: [Float]) -> [Float] {
  var output = samples
  var last: Int?
  for i in samples.indices where samples[i].isFinite {
    let from = last.map { samples[$0] } ?? samples[i]
    let gap = (last ?? -1) + 1
    for k in gap..<i { output[k] = from + (samples[i] - from) * Float(k - gap + 1) / Float(i - gap + 1) }
    last = i
  }
  if let last { for k in last..<samples.count { output[k] = samples[last] } }
  return output
}

func withArena<R>(_ bytes: Int, _ body: (inout Arena) throws -> R) throws -> R {
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: Arena.alignment)
  defer { memory.deallocate() }
  var arena = try Arena(memory)
  return try body(&arena)
}

let arguments = CommandLine.arguments.dropFirst()
if arguments.first == "--list" {
  for detector in detectors { print(detector.name) }
  exit(0)
}
guard arguments.count >= 3, let detector = detectors.first(where: { $0.name == arguments[1] }),
  let rate = Double(arguments[2])
else {
  FileHandle.standardError.write(Data("usage: benchmark-peaks --list | NAME RATE FILE…\n".utf8))
  exit(2)
}
for path in arguments[3...] {
  let data = try Data(contentsOf: URL(filePath: path))
  let samples = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  let peaks = (try? detector.find(samples, rate)) ?? []
  print(peaks.map(String.init).joined(separator: " "))
}
