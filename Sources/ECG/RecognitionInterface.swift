import CECG
import ECGCore
import ECGIdentity
import ECGModelFile
import ECGSignal

@c @implementation
public func ecg_preprocess(
  _ pointer: OpaquePointer!, _ samples: UnsafePointer<Float>!, _ sampleCount: Int, _ samplingRate: Double,
  _ beats: UnsafeMutablePointer<Float>!, _ beatCapacity: Int, _ peaks: UnsafeMutablePointer<Int>!,
  _ beatCount: UnsafeMutablePointer<Int>!, _ report: UnsafeMutablePointer<ecg_signal_report>!
) -> ecg_status {
  status { () throws(Status) in
    let handle = try session(pointer)
    guard let samples, let beats, let beatCount, sampleCount >= 0, beatCapacity >= 0 else { throw .argument }
    let session = handle.pointee.session
    let found = try session.preprocess(
      Span(_unsafeStart: samples, count: sampleCount), samplingRate: samplingRate)
    guard found.beatCount <= beatCapacity else { throw .bufferTooSmall }
    if let report {
      let summary = ecg_signal_report(found, structSize: report.pointee.struct_size)
      try write(
        summary, to: report, size: report.pointee.struct_size, required: MemoryLayout<ecg_signal_report>.size)
    }
    session.copyBeats(found.beatCount, to: beats)
    if let peaks {
      for index in 0..<found.beatCount { peaks[index] = session.peak(index) }
    }
    beatCount.pointee = found.beatCount
  }
}

extension ecg_signal_report {
  init(_ report: PipelineReport, structSize: UInt32) {
    self.init(
      struct_size: structSize, r_peak_count: UInt32(truncatingIfNeeded: report.peakCount),
      beats_at_border: UInt32(truncatingIfNeeded: report.bordering),
      beats_at_gap: UInt32(truncatingIfNeeded: report.gapped), beats_flat: UInt32(truncatingIfNeeded: report.flat),
      beats_of_odd_amplitude: UInt32(truncatingIfNeeded: report.oddAmplitude),
      denoising_converged: report.converged ? 1 : 0)
  }
}

@c @implementation
public func ecg_identify(
  _ pointer: OpaquePointer!, _ beats: UnsafePointer<Float>!, _ beatCount: Int,
  _ identity: UnsafeMutablePointer<ecg_identity>!, _ probabilities: UnsafeMutablePointer<Float>!
) -> ecg_status {
  status { () throws(Status) in
    let session = try session(pointer).pointee.session
    guard let identity else { throw .argument }
    let decision = try session.identify(try session.given(beats, beatCount))
    let answer = ecg_identity(
      struct_size: identity.pointee.struct_size, person: Int32(truncatingIfNeeded: decision.person),
      probability: decision.probability)
    try write(answer, to: identity, size: identity.pointee.struct_size, required: MemoryLayout<ecg_identity>.size)
    if let probabilities {
      for person in 0..<session.probabilities.count { probabilities[person] = session.probabilities[person] }
    }
  }
}

@c @implementation
public func ecg_outlier_score(
  _ pointer: OpaquePointer!, _ beats: UnsafePointer<Float>!, _ beatCount: Int,
  _ outlier: UnsafeMutablePointer<ecg_outlier>!
) -> ecg_status {
  status { () throws(Status) in
    let session = try session(pointer).pointee.session
    guard let outlier else { throw .argument }
    let score = try session.outlierScore(try session.given(beats, beatCount))
    let threshold = session.model.pointee.outlierReference?.threshold ?? 0
    let answer = ecg_outlier(
      struct_size: outlier.pointee.struct_size, is_outlier: score > threshold ? 1 : 0, score: score,
      threshold: threshold)
    try write(answer, to: outlier, size: outlier.pointee.struct_size, required: MemoryLayout<ecg_outlier>.size)
  }
}

extension Session {
  /// Beats from C; throws `argument` for NULL, none, or a size beyond memory.
  fileprivate func given(_ beats: UnsafePointer<Float>?, _ count: Int) throws(Status) -> UnsafeBufferPointer<Float> {
    let (values, overflow) = count.multipliedReportingOverflow(by: model.pointee.pipeline.beatLength)
    guard let beats, count > 0, !overflow, values < Int.max / 8 else { throw .argument }
    return UnsafeBufferPointer(start: beats, count: values)
  }

  fileprivate func copyBeats(_ count: Int, to target: UnsafeMutablePointer<Float>) {
    guard let source = foundBeats else { return }
    for index in 0..<count &* model.pointee.pipeline.beatLength { target[index] = source[index] }
  }
}
