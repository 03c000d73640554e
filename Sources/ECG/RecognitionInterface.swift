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
    handle.pointee.beatCount = 0
    guard let samples, let beats, let beatCount, sampleCount >= 0, beatCapacity >= 0 else { throw .argument }
    let session = handle.pointee.session
    var found = PipelineReport()
    do throws(Status) {
      try session.preprocess(
        Span(_unsafeStart: samples, count: sampleCount), samplingRate: samplingRate, report: &found)
    } catch {
      if let report, error == .noBeats || error == .poorSignal { try found.write(to: report) }
      throw error
    }
    guard found.beatCount <= beatCapacity else { throw .bufferTooSmall }
    if let report { try found.write(to: report) }
    session.copyBeats(found.beatCount, to: beats)
    if let peaks {
      for index in 0..<found.beatCount { peaks[index] = session.peak(index) }
    }
    handle.pointee.beatCount = found.beatCount
    beatCount.pointee = found.beatCount
  }
}

extension PipelineReport {
  fileprivate func write(to report: UnsafeMutablePointer<ecg_signal_report>) throws(Status) {
    func count(_ fault: SignalFault) -> UInt32 { UInt32(truncatingIfNeeded: self[fault]) }
    let size = report.pointee.struct_size
    let summary = ecg_signal_report(
      struct_size: size, r_peak_count: UInt32(truncatingIfNeeded: peakCount), beats_at_border: count(.border),
      beats_at_gap: count(.gap), beats_flat: count(.flat), beats_of_odd_amplitude: count(.oddAmplitude),
      denoising_converged: converged ? 1 : 0, beats_clipped: count(.clipped), beats_noisy: count(.noisy),
      beats_wandering: count(.wandering), beats_ectopic: count(.ectopic), beats_unlike: count(.unlike),
      quality: quality, fault: fault.rawValue)
    try ECG.write(summary, to: report, size: size, required: firstReportSize)
  }
}

/// The size of `ecg_signal_report` in its first version, up to `denoising_converged`.
private var firstReportSize: Int { 28 }

@c @implementation
public func ecg_beat_quality(
  _ pointer: OpaquePointer!, _ qualities: UnsafeMutablePointer<Float>!, _ capacity: Int
) -> ecg_status {
  status { () throws(Status) in
    let handle = try session(pointer)
    guard let qualities, capacity >= 0 else { throw .argument }
    let count = handle.pointee.beatCount
    guard count > 0 else { throw .noBeats }
    guard capacity >= count else { throw .bufferTooSmall }
    for index in 0..<count { qualities[index] = handle.pointee.session.quality(index).value }
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
    try session.write(try session.identify(try session.given(beats, beatCount)), to: identity, probabilities)
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
    try session.write(outlierScore: try session.outlierScore(try session.given(beats, beatCount)), to: outlier)
  }
}

@c @implementation
public func ecg_recognise(
  _ pointer: OpaquePointer!, _ beats: UnsafePointer<Float>!, _ beatCount: Int,
  _ identity: UnsafeMutablePointer<ecg_identity>!, _ probabilities: UnsafeMutablePointer<Float>!,
  _ outlier: UnsafeMutablePointer<ecg_outlier>!
) -> ecg_status {
  status { () throws(Status) in
    let session = try session(pointer).pointee.session
    guard let identity, let outlier, identity.pointee.struct_size >= MemoryLayout<ecg_identity>.size else {
      throw .argument
    }
    let (decision, score) = try session.recognise(try session.given(beats, beatCount))
    try session.write(outlierScore: score, to: outlier)
    try session.write(decision, to: identity, probabilities)
  }
}

extension Session {
  fileprivate func write(
    _ decision: Decision, to identity: UnsafeMutablePointer<ecg_identity>, _ target: UnsafeMutablePointer<Float>?
  ) throws(Status) {
    let answer = ecg_identity(
      struct_size: identity.pointee.struct_size, person: Int32(truncatingIfNeeded: decision.person),
      probability: decision.probability)
    try ECG.write(answer, to: identity, size: identity.pointee.struct_size, required: MemoryLayout<ecg_identity>.size)
    if let target {
      for person in 0..<probabilities.count { target[person] = probabilities[person] }
    }
  }

  fileprivate func write(outlierScore score: Float, to outlier: UnsafeMutablePointer<ecg_outlier>) throws(Status) {
    let threshold = model.pointee.outlierReference?.threshold ?? 0
    let answer = ecg_outlier(
      struct_size: outlier.pointee.struct_size, is_outlier: score > threshold ? 1 : 0, score: score,
      threshold: threshold)
    try ECG.write(answer, to: outlier, size: outlier.pointee.struct_size, required: MemoryLayout<ecg_outlier>.size)
  }

  /// Beats from C; throws `argument` for NULL, none, or a size beyond memory.
  func given(_ beats: UnsafePointer<Float>?, _ count: Int) throws(Status) -> UnsafeBufferPointer<Float> {
    let (values, overflow) = count.multipliedReportingOverflow(by: model.pointee.pipeline.beatLength)
    guard let beats, count > 0, !overflow, values < Int.max / 8 else { throw .argument }
    return UnsafeBufferPointer(start: beats, count: values)
  }

  fileprivate func copyBeats(_ count: Int, to target: UnsafeMutablePointer<Float>) {
    guard let source = foundBeats else { return }
    for index in 0..<count &* model.pointee.pipeline.beatLength { target[index] = source[index] }
  }
}
