import ECGCore
import ECGSignal

/// Runs the signal chain over recordings of any length, with working memory that grows as needed. One per thread.
public final class BeatFinder {
  public let pipeline: Pipeline
  private var memory = AlignedMemory(byteCount: 0)

  /// The beats of one recording.
  public struct Found: Sendable {
    /// Count × `beatLength` values.
    public var beats: [Float]
    /// Each beat's R peak, in samples of the recording.
    public var rPeaks: [Int]
    public var report: PipelineReport
  }

  public init(_ configuration: PipelineConfiguration) throws {
    do {
      pipeline = try Pipeline(configuration)
    } catch {
      throw WorkflowError.option(error.message)
    }
  }

  /// The beats in `samples` (mV) at `samplingRate` (Hz). Throws the chain's `Status`.
  public func beats(in samples: [Float], samplingRate: Double) throws(Status) -> Found {
    let capacity = try pipeline.largestBeatCount(sampleCount: samples.count, samplingRate: samplingRate)
    let needed = try pipeline.scratchSize(sampleCount: samples.count, samplingRate: samplingRate)
    if memory.bytes.count < needed { memory = AlignedMemory(byteCount: needed) }
    var arena = memory.arena()
    var beats = [Float](repeating: 0, count: capacity * pipeline.beatLength)
    var rPeaks = [Int](repeating: 0, count: capacity)
    var beatSpan = beats.mutableSpan
    var peakSpan = rPeaks.mutableSpan
    let report = try pipeline.run(
      samples.span, samplingRate: samplingRate, arena: &arena, beats: &beatSpan, peaks: &peakSpan)
    beats.removeLast((capacity - report.beatCount) * pipeline.beatLength)
    rPeaks.removeLast(capacity - report.beatCount)
    return Found(beats: beats, rPeaks: rPeaks, report: report)
  }
}
