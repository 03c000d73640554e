import ECGCore
import ECGRecords
import ECGSignal

/// Runs the signal chain over recordings of any length, with working memory that grows as needed. One per thread.
public final class BeatFinder {
  public let pipeline: Pipeline
  private var memory = AlignedMemory(byteCount: 0)

  /// The beats of one recording.
  public struct Found: Sendable {
    /// Count × `beatLength` values.
    public var beats: [Float] = []
    /// Each beat's R peak, in samples of the recording.
    public var rPeaks: [Int] = []
    /// Each beat's quality, 0 to 1.
    public var qualities: [Float] = []
    public var report = PipelineReport()
  }

  public init(_ configuration: PipelineConfiguration) throws {
    do {
      pipeline = try Pipeline(configuration)
    } catch {
      throw WorkflowError.option(error.message)
    }
  }

  /// The beats in `samples` (mV) at `samplingRate` (Hz).
  ///
  /// - Parameter core: samples whose beats are wanted; the others are looked at beside them. nil is all.
  public func beats(in samples: [Float], samplingRate: Double, core: Range<Int>? = nil) throws(Refusal) -> Found {
    var found = Found()
    do throws(Status) {
      let capacity = try pipeline.largestBeatCount(sampleCount: samples.count, samplingRate: samplingRate)
      let needed = try pipeline.scratchSize(sampleCount: samples.count, samplingRate: samplingRate)
      if memory.bytes.count < needed { memory = AlignedMemory(byteCount: needed) }
      var arena = memory.arena()
      var beats = [Float](repeating: 0, count: capacity * pipeline.beatLength)
      var rPeaks = [Int](repeating: 0, count: capacity)
      var qualities = [BeatQuality](repeating: BeatQuality(), count: capacity)
      var beatSpan = beats.mutableSpan
      var peakSpan = rPeaks.mutableSpan
      var qualitySpan = qualities.mutableSpan
      try pipeline.run(
        samples.span, samplingRate: samplingRate, core: core, arena: &arena, beats: &beatSpan, peaks: &peakSpan,
        qualities: &qualitySpan, report: &found.report)
      let count = found.report.beatCount
      found.beats = Array(beats[..<(count * pipeline.beatLength)])
      found.rPeaks = Array(rPeaks[..<count])
      found.qualities = qualities[..<count].map(\.value)
    } catch {
      throw Refusal(status: error, report: found.report)
    }
    return found
  }

  // MARK: Recordings of any length

  /// Beats of neighbouring pieces may be given to both this close to the border between them, in seconds: where exactly
  /// a peak lies depends a little on the other beats of its piece.
  private static let seam = 0.02

  /// The beats of one lead of a recording, read piece by piece when it is long.
  ///
  /// A stretch of poor signal in a long recording is left out, and its beats are counted under what is wrong with it.
  ///
  /// - Throws: `RecordError` when it cannot be read, `Refusal` when nothing of it is usable.
  public func beats(of file: any RecordingFile, lead: Int) throws -> Found {
    let rate = file.leads[lead].samplingRate
    guard PipelineConfiguration.samplingRates.contains(rate) else {
      throw Refusal(status: .samplingRate, report: PipelineReport())
    }
    var pieces = RecordingPieces(try file.stream(lead: lead, verifying: true), samplingRate: rate)
    guard let first = try pieces.next() else { throw RecordError.empty(file: file.name) }
    if first.isLast { return try beats(in: first.samples, samplingRate: rate) }

    var whole = LongRecording(beatLength: pipeline.beatLength, samplingRate: rate)
    let seam = Int((Self.seam * rate).rounded(.up))
    var piece: RecordingPieces.Piece? = first
    while let current = piece {
      let low = current.start == 0 ? 0 : current.core.lowerBound - seam
      let high = current.isLast ? current.samples.count : current.core.upperBound + seam
      do throws(Refusal) {
        whole.append(try beats(in: current.samples, samplingRate: rate, core: low..<high), of: current)
      } catch {
        try whole.append(error, of: current)
      }
      piece = try pieces.next()
    }
    return try whole.found()
  }
}
