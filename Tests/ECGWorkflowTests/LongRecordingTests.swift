import ECGCore
import ECGRecords
import ECGSignal
import Foundation
import Testing

@testable import ECGWorkflow

/// A lead in memory, read as a file is.
private struct LeadInMemory: RecordingFile {
  var name = "memory"
  var samples: [Float]
  var rate: Double
  var comments: [String] { [] }
  var date: RecordingDate? { nil }
  var leads: [LeadDescription] { [LeadDescription(name: "I", samplingRate: rate, sampleCount: samples.count)] }

  struct Cursor: LeadStream {
    var rest: ArraySlice<Float>
    mutating func next(_ buffer: UnsafeMutableBufferPointer<Float>) -> Int {
      let count = min(buffer.count, rest.count)
      for (place, value) in zip(buffer.indices, rest) { buffer[place] = value }
      rest = rest.dropFirst(count)
      return count
    }
  }
  func stream(lead: Int, verifying: Bool) -> any LeadStream { Cursor(rest: samples[...]) }
}

@Suite struct LongRecordingTests {
  private static let rate = 250.0
  private var configuration: PipelineConfiguration {
    var configuration = PipelineConfiguration()
    configuration.frontEnd = .bandPass
    return configuration
  }

  /// Simulated sessions of one person, one behind the other.
  private func simulated(seconds: Double) throws -> [Float] {
    var samples: [Float] = []
    var session = 1
    while Double(samples.count) < seconds * Self.rate {
      samples += try Simulator(seed: 5).record(
        person: 1, session: session, duration: 300, samplingRate: Self.rate
      ).leads[0].samples
      session += 1
    }
    return Array(samples.prefix(Int(seconds * Self.rate)))
  }

  // MARK: Pieces

  /// Around every border: nothing is lost or seen twice, and no piece is longer than it may be.
  @Test(arguments: [0, 1, 59_999, 60_000, 60_001, 61_999, 62_000, 62_001, 63_999, 64_000, 64_001, 150_000])
  func coresCoverTheRecordingOnce(count: Int) throws {
    let rate = 100.0
    let samples = (0..<count).map { Float($0) }
    var pieces = RecordingPieces(LeadInMemory.Cursor(rest: samples[...]), samplingRate: rate)
    var seen: [Float] = []
    var last = false
    while let piece = try pieces.next() {
      #expect(!last && piece.samples.first == Float(piece.start))
      #expect(piece.samples.count <= Int(rate * RecordingPieces.longestWhole))
      #expect(piece.start % 100 == 0)
      seen += piece.samples[piece.core]
      last = piece.isLast
      if count <= 60_000 { #expect(piece.isLast) }
      if piece.start > 0 { #expect(piece.core.lowerBound == 2000) }
      if !piece.isLast { #expect(piece.samples.count - piece.core.upperBound == 2000) }
    }
    #expect(seen == samples && (last || count == 0))
  }

  // MARK: Beats

  /// Beats at their R peaks are the same; moved onto the mean beat, of the piece or of the whole, they lie within 4 ms.
  @Test(arguments: [0, 0.02]) func piecesGiveTheBeatsOfTheWhole(alignment: Double) throws {
    let samples = try simulated(seconds: 1450)
    var configuration = configuration
    configuration.alignmentSearch = alignment
    configuration.samplingRate = Self.rate
    let finder = try BeatFinder(configuration)
    let length = finder.pipeline.beatLength
    let whole = try finder.beats(in: samples, samplingRate: Self.rate)
    let pieces = try finder.beats(of: LeadInMemory(samples: samples, rate: Self.rate), lead: 0)
    #expect(whole.rPeaks.count > 1000)
    // A beat whose quality is near the limit may be judged otherwise in other company.
    #expect(abs(pieces.rPeaks.count - whole.rPeaks.count) <= whole.rPeaks.count / 500)
    #expect(pieces.beats.count == length * pieces.rPeaks.count && pieces.qualities.count == pieces.rPeaks.count)
    #expect(zip(pieces.rPeaks, pieces.rPeaks.dropFirst()).allSatisfy { $1 - $0 >= 50 })
    var (far, different) = (0, 0)
    for (index, peak) in pieces.rPeaks.enumerated() {
      let other = whole.rPeaks.indices.min { abs(whole.rPeaks[$0] - peak) < abs(whole.rPeaks[$1] - peak) }!
      if abs(whole.rPeaks[other] - peak) > (alignment > 0 ? 1 : 0) { far += 1 }
      guard whole.rPeaks[other] == peak else { continue }
      let most = (0..<length).map { abs(pieces.beats[index * length + $0] - whole.beats[other * length + $0]) }.max()!
      if most > 1e-3 { different += 1 }
    }
    #expect(far <= whole.rPeaks.count / 500 && different == 0)
    #expect(pieces.report.peakCount == pieces.report.beatCount + pieces.report.leftOut.reduce(0) { $0 + $1.count })
  }

  @Test func aShortRecordingIsOnePiece() throws {
    let samples = try simulated(seconds: 600)
    let finder = try BeatFinder(configuration)
    let whole = try finder.beats(in: samples, samplingRate: Self.rate)
    let found = try finder.beats(of: LeadInMemory(samples: samples, rate: Self.rate), lead: 0)
    #expect(found.beats == whole.beats && found.rPeaks == whole.rPeaks && found.report == whole.report)
  }

  @Test func aPoorStretchIsLeftOutAndTheRestKept() throws {
    var samples = try simulated(seconds: 1450)
    var generator = SeededGenerator(seed: 3)
    let (first, end) = (Int(600 * Self.rate), Int(920 * Self.rate))
    for i in first..<end { samples[i] = Float(0.3 * generator.normal()) }
    let finder = try BeatFinder(configuration)
    let found = try finder.beats(of: LeadInMemory(samples: samples, rate: Self.rate), lead: 0)
    #expect(!found.rPeaks.contains { $0 > first + 100 && $0 < end - 5000 })
    #expect(found.rPeaks.contains { $0 < first } && found.rPeaks.contains { $0 > end })
    #expect(found.report.leftOut.reduce(0) { $0 + $1.count } > 200)
    #expect(found.report.quality < 0.9 && found.report.fault == .none)
    for value in [Float(0.1), .nan] {
      for i in first..<end { samples[i] = value }
      let found = try finder.beats(of: LeadInMemory(samples: samples, rate: Self.rate), lead: 0)
      #expect(!found.rPeaks.contains { $0 > first && $0 < end })
      #expect(found.rPeaks.contains { $0 < first } && found.rPeaks.contains { $0 > end })
    }
  }

  @Test func aLongRecordingWithoutAnythingUsableIsRefused() throws {
    var generator = SeededGenerator(seed: 3)
    let noise = (0..<Int(1000 * Self.rate)).map { _ in Float(0.3 * generator.normal()) }
    let finder = try BeatFinder(configuration)
    func refusal(_ samples: [Float]) -> Refusal? {
      #expect(throws: Refusal.self) { try finder.beats(of: LeadInMemory(samples: samples, rate: Self.rate), lead: 0) }
    }
    let poor = refusal(noise)
    #expect(poor?.status == .poorSignal && poor?.report.beatCount == 0 && poor?.report.fault != SignalFault.none)
    #expect(poor?.description.hasPrefix("poor signal (") == true)
    #expect(refusal(noise.map { _ in 1 })?.status == .flatSignal)
    #expect(refusal(noise.map { _ in .nan })?.status == .missingSamples)
    for rate in [0, 49.9, 10_001, 1e300, .nan] {
      let error = #expect(throws: Refusal.self) {
        try finder.beats(of: LeadInMemory(samples: noise, rate: rate), lead: 0)
      }
      #expect(error?.status == .samplingRate)
    }
    #expect(throws: RecordError.self) { try finder.beats(of: LeadInMemory(samples: [], rate: Self.rate), lead: 0) }
  }
}
