import ECGCore
import ECGTestSupport
import Foundation
import Testing

@testable import ECGSignal

/// The R peaks of a signal pushed in pieces of `chunk` samples, in exactly the memory that the detector asks for.
func rPeaks(_ samples: [Float], rate: Double, chunk: Int = .max) throws -> [RPeak] {
  let memory = Memory(bytes: try RPeakDetector.memorySize(samplingRate: rate))
  memory.buffer.initializeMemory(as: UInt8.self, repeating: 0xA5)
  var arena = try memory.arena()
  var detector = try RPeakDetector(samplingRate: rate, arena: &arena)
  var all: [RPeak] = []
  var piece: [RPeak] = []
  var first = 0
  while first < samples.count {
    let count = min(chunk, samples.count - first)
    let most = RPeakDetector.largestPeakCount(count, samplingRate: rate, isLast: false)
    piece = [RPeak](repeating: RPeak(position: -1, confidence: -1), count: most)
    let found = piece.withUnsafeMutableBufferPointer { output in
      samples.withUnsafeBufferPointer {
        detector.push(UnsafeBufferPointer(rebasing: $0[first..<first + count]), into: output)
      }
    }
    #expect(found < most || most == 0)
    all += piece[0..<found]
    first += count
  }
  piece = [RPeak](repeating: RPeak(position: -1, confidence: -1), count: RPeakDetector.mostAtFinish)
  let found = piece.withUnsafeMutableBufferPointer { detector.finish(into: $0) }
  #expect(found < piece.count)
  return all + piece[0..<found]
}

/// Whether there is one peak for each beat (s), within `tolerance` (s), and no other.
func agrees(_ peaks: [RPeak], _ beats: [Double], rate: Double, within tolerance: Double = 0.008) -> Bool {
  peaks.count == beats.count && zip(peaks, beats).allSatisfy { abs(Double($0.position) / rate - $1) <= tolerance }
}

struct RPeakDetectorTests {
  private static let rates = [50.0, 77.7, 100, 128, 200, 250, 300, 333.3, 360, 500, 1000, 2000, 10_000]

  @Test(arguments: rates, [1.0, -1]) func findsEveryBeatAtAnyRate(rate: Double, sign: Double) throws {
    let samples = synthetic(regularBeats, duration: 20, rate: rate, sign: sign)
    let peaks = try rPeaks(samples, rate: rate)
    #expect(agrees(peaks, regularBeats, rate: rate, within: max(0.008, 1 / rate)))
    #expect(peaks.allSatisfy { $0.confidence > 0.9 && $0.confidence <= 1 })
  }

  @Test(arguments: [Float(0.05), 0.1, 10, 100]) func findsThemAtAnyAmplitude(gain: Float) throws {
    let samples = synthetic(regularBeats, duration: 20, rate: 360)
    let once = try rPeaks(samples, rate: 360)
    let scaled = try rPeaks(samples.map { gain * $0 }, rate: 360)
    #expect(scaled.map(\.position) == once.map(\.position))
    #expect(agrees(scaled, regularBeats, rate: 360))
  }

  @Test(arguments: [Float(-300), 300]) func findsThemOnAnyBaseline(level: Float) throws {
    let samples = synthetic(regularBeats, duration: 20, rate: 360).map { $0 + level }
    #expect(agrees(try rPeaks(samples, rate: 360), regularBeats, rate: 360))
  }

  @Test(arguments: [50.0, 60]) func findsThemInMainsHum(frequency: Double) throws {
    for rate in [128.0, 250, 500, 1000] {
      let samples = synthetic(regularBeats, duration: 20, rate: rate).enumerated().map { i, x in
        x + 0.3 * Float(sin(2 * .pi * frequency * Double(i) / rate))
      }
      #expect(agrees(try rPeaks(samples, rate: rate), regularBeats, rate: rate), "\(rate) Hz")
    }
  }

  /// Spikes of a pacemaker, 2 mV and some milliseconds, at the instants given (s).
  private func add(spikesAt instants: [Double], to samples: inout [Float], rate: Double) {
    for instant in instants {
      for i in max(0, Int(instant * rate))..<min(samples.count, Int((instant + 0.03) * rate)) {
        samples[i] += 2 * Float(exp(-(Double(i) / rate - instant) / 0.005))
      }
    }
  }

  @Test(arguments: [250.0, 360, 500, 1000], [Float(0.25), 1]) func spikesAreNoBeats(rate: Double, gain: Float) throws {
    var samples = synthetic(regularBeats, duration: 20, rate: rate).map { gain * $0 }
    // 66 a minute, which the heart does not follow, from when its first beats are known.
    let spikes = (0..<14).map { 7.11 + Double($0) / 1.1 }
    add(spikesAt: spikes, to: &samples, rate: rate)
    #expect(agrees(try rPeaks(samples, rate: rate), regularBeats, rate: rate, within: 0.02))
  }

  @Test(arguments: [128.0, 360, 500]) func pacedBeatsCountOnce(rate: Double) throws {
    var samples = synthetic(regularBeats, duration: 20, rate: rate)
    add(spikesAt: regularBeats.map { $0 - 0.06 }, to: &samples, rate: rate)
    let peaks = try rPeaks(samples, rate: rate)
    #expect(agrees(peaks, regularBeats, rate: rate, within: 0.075))
  }

  @Test func theFirstAndTheLastBeatCount() throws {
    let beats = [0.02] + regularBeats + [19.97]
    #expect(agrees(try rPeaks(synthetic(beats, duration: 20, rate: 360), rate: 360), beats, rate: 360))
    // A recording of one beat.
    #expect(agrees(try rPeaks(synthetic([0.5], duration: 1, rate: 360), rate: 360), [0.5], rate: 360))
  }

  @Test(arguments: [128.0, 360, 500]) func piecesOfAnySizeGiveTheSame(rate: Double) throws {
    let samples = synthetic(regularBeats, duration: 20, rate: rate)
    let whole = try rPeaks(samples, rate: rate)
    for chunk in [1, 2, 7, 64, 1000] { #expect(try rPeaks(samples, rate: rate, chunk: chunk) == whole, "\(chunk)") }
    let memory = Memory(bytes: try RPeakDetector.memorySize(samplingRate: rate))
    var arena = try memory.arena()
    var batch = [RPeak](repeating: RPeak(position: 0, confidence: 0), count: 101)
    var span = batch.mutableSpan
    let count = try RPeakDetector.detect(samples.span, samplingRate: rate, into: &span, arena: &arena)
    #expect(Array(batch[0..<count]) == whole)
    #expect(arena.used == 0)
  }

  @Test(arguments: [50.0, 360, 1000]) func tellsEachPeakWithinTheLatency(rate: Double) throws {
    let memory = Memory(bytes: try RPeakDetector.memorySize(samplingRate: rate))
    var arena = try memory.arena()
    var detector = try RPeakDetector(samplingRate: rate, arena: &arena)
    var count = 0
    // Beats, then silence: the last one must come all the same.
    let samples = synthetic(regularBeats, duration: 40, rate: rate)
    for i in samples.indices {
      detector.push(samples[i])
      while let peak = detector.next() {
        #expect(Double(i) - Double(peak.position) <= RPeakDetector.latency * rate)
        count += 1
      }
    }
    #expect(count >= regularBeats.count)
  }

  @Test func memoryIsExactlyAsStated() throws {
    for rate in Self.rates {
      let size = try RPeakDetector.memorySize(samplingRate: rate)
      let memory = Memory(bytes: size)
      var arena = try memory.arena()
      _ = try RPeakDetector(samplingRate: rate, arena: &arena)
      #expect(arena.used == size)
      let refused = status {
        let less = Memory(bytes: size - 64)
        var small = try less.arena()
        _ = try RPeakDetector(samplingRate: rate, arena: &small)
      }
      #expect(refused == .bufferTooSmall)
    }
    for rate in [0, -1, 49.9, 10_001, .nan, .infinity] {
      #expect(status { _ = try RPeakDetector.memorySize(samplingRate: rate) } == .samplingRate)
    }
    #expect(try RPeakDetector.memorySize(samplingRate: 360) < 16_384)
  }

  @Test func missingSamplesCostTheirOwnBeatsOnly() throws {
    var samples = synthetic(regularBeats, duration: 20, rate: 360)
    let gaps = [3.0..<4.0, 8.1..<8.15, 12.0..<12.4]
    for gap in gaps {
      for i in Int(gap.lowerBound * 360)..<Int(gap.upperBound * 360) {
        samples[i] = [Float.nan, .infinity, -.infinity, 1e30][i % 4]
      }
      // The electrode comes back at another level.
      for i in Int(gap.upperBound * 360)..<samples.count { samples[i] += 5 }
    }
    let whole = regularBeats.filter { r in !gaps.contains { $0.lowerBound - 0.1 < r && r < $0.upperBound + 0.1 } }
    let peaks = try rPeaks(samples, rate: 360).filter { p in
      !gaps.contains {
        $0.lowerBound - 0.1 < Double(p.position) / 360 && Double(p.position) / 360 < $0.upperBound + 0.1
      }
    }
    #expect(agrees(peaks, whole, rate: 360))
  }

  @Test func recoversFromALeadOff() throws {
    let beats = stride(from: 0.6, to: 59.5, by: 0.83).map { $0 }
    var samples = synthetic(beats, duration: 60, rate: 360)
    for i in 20 * 360..<30 * 360 { samples[i] = i % 720 < 360 ? 5 : -5 }
    let peaks = try rPeaks(samples, rate: 360)
    let clear = beats.filter { $0 < 19 || $0 > 33 }
    let near = peaks.filter { Double($0.position) < 19 * 360 || Double($0.position) > 33 * 360 }
    #expect(agrees(near, clear, rate: 360))
  }

  @Test func followsASuddenChangeOfAmplitude() throws {
    let beats = stride(from: 0.6, to: 59.5, by: 0.83).map { $0 }
    var samples = synthetic(beats, duration: 60, rate: 360)
    for i in samples.indices { samples[i] *= i / 7200 == 1 ? 0.25 : 1 }
    #expect(agrees(try rPeaks(samples, rate: 360), beats, rate: 360))
  }

  @Test func aPauseStaysEmpty() throws {
    let beats = regularBeats.filter { $0 < 7 || $0 > 12 }
    #expect(agrees(try rPeaks(synthetic(beats, duration: 20, rate: 360), rate: 360), beats, rate: 360))
  }

  @Test func searchesBackForAWeakBeat() throws {
    let strong = regularBeats.filter { $0 != regularBeats[12] }
    let weak = synthetic([regularBeats[12]], duration: 20, rate: 500, seed: 2)
    let samples = zip(synthetic(strong, duration: 20, rate: 500), weak).map { $0 + 0.35 * $1 }
    let peaks = try rPeaks(samples, rate: 500)
    #expect(agrees(peaks, regularBeats, rate: 500))
    #expect(peaks[12].confidence < peaks[11].confidence)
  }

  @Test func nothingGivesNothing() throws {
    #expect(try rPeaks([], rate: 360).isEmpty)
    #expect(try rPeaks([1], rate: 360).isEmpty)
    #expect(try rPeaks([Float](repeating: .nan, count: 5000), rate: 360).isEmpty)
    #expect(try rPeaks([Float](repeating: 3, count: 5000), rate: 360).isEmpty)
    // A drift, and noise of a microvolt.
    #expect(try rPeaks((0..<5000).map { Float($0) * 1e-4 }, rate: 360).isEmpty)
    #expect(try rPeaks((0..<5000).map { Float($0 * 7919 % 13) * 1e-4 }, rate: 360).isEmpty)
  }

  /// Whatever comes in, peaks are in order, apart, within the signal, and the same for pieces of any size.
  @Test func garbageIsAnswered() throws {
    var generator = SeededGenerator(seed: 11)
    func signal(_ make: (Int) -> Float) -> [Float] { (0..<20_000).map(make) }
    let signals = [
      signal { _ in Float(bitPattern: UInt32(truncatingIfNeeded: generator.next())) },
      signal { _ in Float(generator.normal()) },
      signal { _ in generator.uniform() < 0.5 ? .nan : Float(generator.normal()) * 9e8 },
      signal { $0 % 2 == 0 ? 9.9e8 : -9.9e8 },
      signal { $0 / 37 % 2 == 0 ? 1 : .nan },
      signal { $0 % 36 == 0 ? 1 : 0 },
      signal { _ in .leastNonzeroMagnitude * Float(generator.next() % 1000) },
      signal { i in Float(i) * 1e5 },
    ]
    for rate in [50.0, 360, 10_000] {
      for samples in signals {
        let peaks = try rPeaks(samples, rate: rate)
        #expect(try rPeaks(samples, rate: rate, chunk: 13) == peaks)
        #expect(peaks.allSatisfy { $0.confidence >= 0 && $0.confidence <= 1 })
        #expect(peaks.allSatisfy { (0..<Int64(samples.count)).contains($0.position) })
        for (a, b) in zip(peaks, peaks.dropFirst()) { #expect(b.position - a.position >= Int64(0.2 * rate)) }
      }
    }
  }

  @Test func samplesAfterTheEndAreIgnored() throws {
    let memory = Memory(bytes: try RPeakDetector.memorySize(samplingRate: 360))
    var arena = try memory.arena()
    var detector = try RPeakDetector(samplingRate: 360, arena: &arena)
    for sample in synthetic([0.5], duration: 1, rate: 360) { detector.push(sample) }
    detector.finish()
    #expect(detector.next()?.position != nil)
    for sample in synthetic(regularBeats, duration: 20, rate: 360) { detector.push(sample) }
    detector.finish()
    #expect(detector.next() == nil)
  }
}

// MARK: - Real recordings

struct RPeakAccuracyTests {
  /// Beats of an annotation file in the MIT format (www.physionet.org/physiotools/wag/annot-5.htm), in samples.
  private func annotatedBeats(_ record: String) throws -> [Int] {
    let bytes = try [UInt8](Data(contentsOf: RealData.folder.appending(path: "mitdb/\(record).atr")))
    // Codes 1 … 13, 25, 30, 34, 35, 38, 41 of ecgcodes.h for which isqrs() holds.
    let isBeat = Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25, 30, 34, 35, 38, 41])
    var beats: [Int] = []
    var (time, i) = (0, 0)
    while i + 1 < bytes.count {
      let word = Int(bytes[i]) | Int(bytes[i + 1]) << 8
      let (code, value) = (word >> 10, word & 1023)
      i += 2
      switch code {
      case 0 where value == 0: return beats
      case 59:
        time += (Int(bytes[i]) | Int(bytes[i + 1]) << 8) << 16 | Int(bytes[i + 2]) | Int(bytes[i + 3]) << 8
        i += 4
      case 60...62: break
      case 63: i += value + value % 2
      default:
        time += value
        if isBeat.contains(code) { beats.append(time) }
      }
    }
    return beats
  }

  private func signal(_ record: String) throws -> [Float] {
    let bytes = try [UInt8](Data(contentsOf: RealData.folder.appending(path: "mitdb/\(record).dat")))
    return (0..<bytes.count / 3).map { i in
      let value = Int16(bytes[3 * i]) | Int16(bytes[3 * i + 1] & 0x0F) << 8
      return Float(value >= 2048 ? value - 4096 : value) / 200 - 5.12
    }
  }

  /// Whole half hours, first and last beats included; peaks matched with beats one by one, nearest first come.
  @Test(.enabled(if: RealData.has("mitdb"), "needs ../shared/data/mitdb"))
  func findsTheBeatsOfHalfHourRecordings() throws {
    let records = try FileManager.default.contentsOfDirectory(atPath: RealData.folder.appending(path: "mitdb").path)
      .filter { $0.hasSuffix(".atr") }.map { String($0.dropLast(4)) }.sorted()
    for (tolerance, least) in [(0.15, 0.998), (0.075, 0.998)] {
      var (hits, beats, found, error) = (0, 0, 0, 0.0)
      for record in records {
        let reference = try annotatedBeats(record)
        let peaks = try rPeaks(signal(record), rate: 360).map { Int($0.position) }
        var j = 0
        for (i, beat) in reference.enumerated() {
          while j < peaks.count, Double(beat - peaks[j]) > tolerance * 360 { j += 1 }
          guard j < peaks.count, Double(abs(peaks[j] - beat)) <= tolerance * 360 else { continue }
          if i + 1 < reference.count, abs(reference[i + 1] - peaks[j]) < abs(beat - peaks[j]) { continue }
          hits += 1
          error += Double(abs(peaks[j] - beat)) / 360
          j += 1
        }
        beats += reference.count
        found += peaks.count
      }
      #expect(beats > 25_000)
      #expect(Double(hits) / Double(beats) > least, "sensitivity within \(tolerance) s")
      #expect(Double(hits) / Double(found) > least, "positive predictivity within \(tolerance) s")
      #expect(error / Double(hits) < 0.004)
    }
  }
}
