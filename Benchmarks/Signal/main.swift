// The signal chain's speed on one core, stage by stage, on a folder of ECG-ID recordings:
//
//     swift run -c release benchmark-signal ../shared/data/ecg-id
//
// With `--peaks RATE FILE…` (raw float32, mV) it prints the R peaks of each file on a line instead, with `--beats` it
// writes the beats of each to FILE.beats, with `--quality` it prints each recording's status, quality, fault, and beats by fault (`SignalFault`), and writes FILE.quality, a row per beat: R peak, height
// in mV, flat and clipped seconds, noise, wander, correlation, quality. For the scripts in Benchmarks/accuracy.
// Arguments like `front_end=1` set fields of the configuration.

import ECGCore
import ECGSignal
import Foundation

func floats(_ path: String) throws -> [Float] {
  let data = try Data(contentsOf: URL(filePath: path))
  return data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
}

/// Signal 0 of a WFDB record in format 16 with two signals and a gain of 200 per mV: what ECG-ID consists of.
func ecgID(_ path: String) throws -> [Float] {
  let data = try Data(contentsOf: URL(filePath: path))
  return data.withUnsafeBytes { bytes in
    let values = bytes.bindMemory(to: Int16.self)
    return stride(from: 0, to: values.count, by: 2).map { Float(Int16(littleEndian: values[$0])) / 200 }
  }
}

func withArena<R>(_ bytes: Int, _ body: (inout Arena) throws -> R) throws -> R {
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: Arena.alignment)
  defer { memory.deallocate() }
  var arena = try Arena(memory)
  return try body(&arena)
}

/// Processor time of `body`.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let start = threadTime()
  try body()
  return threadTime() - start
}

/// Seconds that this thread has run: other processes only add to the wall clock's.
func threadTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

struct Result {
  var beats: [Float] = []
  var peaks: [Int] = []
  var qualities: [BeatQuality] = []
  var report = PipelineReport()
  var status: Status?
}

func process(_ pipeline: Pipeline, _ samples: [Float], rate: Double, _ arena: inout Arena) throws -> Result {
  let most = try pipeline.largestBeatCount(sampleCount: samples.count, samplingRate: rate)
  var beats = [Float](repeating: 0, count: most * pipeline.beatLength)
  var peaks = [Int](repeating: 0, count: most)
  var qualities = [BeatQuality](repeating: BeatQuality(), count: most)
  var result = Result()
  do throws(Status) {
    var beatSpan = beats.mutableSpan
    var peakSpan = peaks.mutableSpan
    var qualitySpan = qualities.mutableSpan
    try pipeline.run(
      samples.span, samplingRate: rate, arena: &arena, beats: &beatSpan, peaks: &peakSpan, qualities: &qualitySpan,
      report: &result.report)
    let count = result.report.beatCount
    result.beats = Array(beats[0..<count * pipeline.beatLength])
    result.peaks = Array(peaks[0..<count])
    result.qualities = Array(qualities[0..<count])
  } catch {
    result.status = error
  }
  return result
}

let options = CommandLine.arguments.dropFirst().filter { $0.contains("=") }
let arguments = CommandLine.arguments.dropFirst().filter { !$0.contains("=") }
var configuration = PipelineConfiguration()
for option in options {
  let parts = option.split(separator: "=")
  for index in 0..<PipelineConfiguration.fieldCount where "\(PipelineConfiguration.fieldName(index))" == parts[0] {
    try configuration.setField(index, to: Double(parts[1])!)
  }
}
if let mode = arguments.first, mode.hasPrefix("--") {
  if arguments[0] == "--peaks" {
    // Every peak, whatever its beat looks like.
    configuration.smallestAmplitude = 0
    configuration.amplitudeRatio = 1e6
  }
  let rate = Double(arguments[1])!
  let pipeline = try Pipeline(configuration)
  for path in arguments[2...] {
    let samples = try floats(path)
    let bytes = try pipeline.scratchSize(sampleCount: samples.count, samplingRate: rate)
    let result = try withArena(bytes) { try process(pipeline, samples, rate: rate, &$0) }
    switch mode {
    case "--peaks": print(result.peaks.map(String.init).joined(separator: " "))
    case "--beats": try result.beats.withUnsafeBytes { try Data($0).write(to: URL(filePath: path + ".beats")) }
    default:
      let report = result.report
      let counts = (1..<Int32(SignalFault.count)).map { report[SignalFault(rawValue: $0)!] }
      print(
        result.status?.code ?? 0, report.quality, report.fault.rawValue, report.beatCount,
        counts.map(String.init).joined(separator: " "))
      let rows = zip(result.peaks, result.qualities).flatMap { peak, quality in
        [
          Float(peak), quality.height, quality.flatTime, quality.clippedTime, quality.noise, quality.wander,
          quality.correlation, quality.value,
        ]
      }
      try rows.withUnsafeBytes { try Data($0).write(to: URL(filePath: path + ".quality")) }
    }
  }
  exit(0)
}

let folder = URL(filePath: arguments.first ?? "../shared/data/ecg-id")
let paths = (FileManager.default.enumerator(atPath: folder.path)?.allObjects as? [String] ?? [])
  .filter { $0.hasSuffix(".dat") }.sorted().map { folder.appending(path: $0).path }
let records = try paths.map(ecgID)
guard !records.isEmpty else {
  print("no recordings in \(folder.path)")
  exit(1)
}
let longest = records.map(\.count).max()!
let count = Double(records.count)
func line(_ name: String, _ time: Double, _ note: String = "") {
  print(
    name.padding(toLength: 34, withPad: " ", startingAt: 0)
      + String(format: "%9.3f ms/recording %8.3f s in all  ", 1000 * time / count, time) + note)
}
print("\(records.count) recordings, \(records.map(\.count).reduce(0, +)) samples")

try withArena(64 << 20) { arena in
  var iterations: [Int] = []
  var unconverged = 0
  let sass = try SASS(PipelineConfiguration())
  let smoothing = try seconds {
    for record in records {
      var copy = record
      var span = copy.mutableSpan
      _ = try Normalisation.standardise(&span)
      let report = try sass.smooth(&span, arena: &arena)
      iterations.append(report.iterations)
      if !report.converged { unconverged += 1 }
    }
  }
  iterations.sort()
  line(
    "SASS", smoothing,
    "\(iterations[iterations.count / 2]) iterations (median), \(iterations.last!) at most, \(unconverged) unconverged")

  let band = try BandPass(PipelineConfiguration())
  line(
    "band-pass",
    try seconds {
      for record in records {
        var copy = record
        var span = copy.mutableSpan
        try band.filter(&span, arena: &arena)
      }
    })

  let detector = try PanTompkins(samplingRate: 500)
  var peaks = [Int](repeating: 0, count: detector.largestPeakCount(longest))
  var found = 0
  let detection = try seconds {
    for record in records {
      var span = peaks.mutableSpan
      found += try detector.detect(record.span, into: &span, arena: &arena)
    }
  }
  line("R peaks", detection, String(format: "%.0f recordings/s, %d peaks", count / detection, found))

  for (from, to) in [(360.0, 500.0), (300, 500), (1000, 500), (257.11, 500)] {
    let resampler = try Resampler(from: from, to: to)
    var output = [Float](repeating: 0, count: try resampler.outputCount(longest))
    line(
      "resampling \(from) to \(to) Hz",
      try seconds {
        for record in records {
          var span = output.mutableSpan
          try resampler.resample(record.span, into: &span, arena: &arena)
        }
      })
  }

  var all: [Float] = []
  for frontEnd in [PipelineConfiguration.FrontEnd.bandPass, .sass] {
    configuration.frontEnd = frontEnd
    let pipeline = try Pipeline(configuration)
    all = []
    var total = PipelineReport()
    let time = try seconds {
      for record in records {
        let result = try process(pipeline, record, rate: 500, &arena)
        all += result.beats
        total.beatCount += result.report.beatCount
        total.peakCount += result.report.peakCount
        total.bordering += result.report.bordering
        total.flat += result.report.flat
        total.oddAmplitude += result.report.oddAmplitude
      }
    }
    line("whole chain, \(frontEnd)", time, "\(total)")
  }

  configuration.representation = .scalogram
  var representation: BeatRepresentation?
  let preparing = try seconds { representation = try BeatRepresentation(configuration, arena: &arena) }
  guard let representation else { return }
  print("scalogram tables: \(arena.used / 1024) KiB, \(preparing * 1000) ms")
  let beats = all.count / 200
  for batch in [1, 16, 64] {
    var output = [Float](repeating: 0, count: batch * representation.outputCount)
    var made = 0
    let time = try seconds {
      for start in stride(from: 0, through: beats - batch, by: batch) {
        var span = output.mutableSpan
        let source = all.span.extracting((start * 200)..<((start + batch) * 200))
        try representation.write(source, into: &span)
        made += batch
      }
    }
    print("scalograms, \(batch) at a time: \(Int(Double(made) / time)) per second")
  }
}
