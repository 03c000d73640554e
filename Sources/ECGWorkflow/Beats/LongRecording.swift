import ECGCore
import ECGSignal

/// Puts the beats of a long recording's pieces together.
struct LongRecording {
  private let beatLength: Int
  /// Two beats are never closer than this, in samples.
  private let refractory: Int
  private var whole = BeatFinder.Found()
  private var weightedQuality = 0.0
  private var weight = 0.0
  private var refusal: Refusal?

  init(beatLength: Int, samplingRate: Double) {
    self.beatLength = beatLength
    refractory = Int((PanTompkins.refractoryPeriod * samplingRate).rounded())
  }

  mutating func append(_ found: BeatFinder.Found, of piece: RecordingPieces.Piece) {
    // A beat at the seam may have been found from both sides.
    var first = 0
    if let last = whole.rPeaks.last {
      while first < found.rPeaks.count && found.rPeaks[first] + piece.start - last < refractory { first += 1 }
    }
    whole.beats += found.beats[(first * beatLength)...]
    whole.rPeaks += found.rPeaks[first...].map { $0 + piece.start }
    whole.qualities += found.qualities[first...]
    var report = found.report
    report.peakCount -= first
    report.beatCount -= first
    add(report, of: piece)
  }

  /// A piece without usable beats. Throws what says that no piece can have any.
  mutating func append(_ refusal: Refusal, of piece: RecordingPieces.Piece) throws(Refusal) {
    var report = refusal.report
    switch refusal.status {
    case .poorSignal:
      report[report.fault] += report.beatCount
      report.beatCount = 0
    case .noBeats, .flatSignal, .missingSamples, .signalTooShort: break
    default: throw refusal
    }
    if self.refusal == nil || refusal.status == .poorSignal { self.refusal = refusal }
    add(report, of: piece)
  }

  private mutating func add(_ report: PipelineReport, of piece: RecordingPieces.Piece) {
    whole.report.peakCount += report.peakCount
    whole.report.beatCount += report.beatCount
    for fault in SignalFault.reasons { whole.report[fault] += report[fault] }
    whole.report.converged = whole.report.converged && report.converged
    whole.report.sassIterations = max(whole.report.sassIterations, report.sassIterations)
    weightedQuality += Double(report.quality) * Double(piece.core.count)
    weight += Double(piece.core.count)
  }

  /// All beats; throws when there are none.
  func found() throws(Refusal) -> BeatFinder.Found {
    var found = whole
    found.report.quality = Float(weightedQuality / max(weight, 1))
    if found.rPeaks.isEmpty, let refusal {
      found.report.fault = refusal.status == .poorSignal ? found.report.mostFrequentFault : .none
      throw Refusal(status: refusal.status, report: found.report)
    }
    return found
  }
}
