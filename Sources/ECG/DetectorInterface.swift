import CECG
import ECGCore
import ECGSignal

/// What an `ecg_detector *` points to.
private struct DetectorHandle: Handle, ~Copyable {
  static var mark: UInt32 { 0x6467_6365 }  // "ecgd"

  var mark: UInt32 = DetectorHandle.mark
  let samplingRate: Double
  var detector: RPeakDetector
}

@c @implementation
public func ecg_detector_size(_ samplingRate: Double, _ size: UnsafeMutablePointer<Int>!) -> ecg_status {
  status { () throws(Status) in
    guard let size else { throw .argument }
    var arena = Arena.measuring()
    _ = try arena.take(UInt8.self, MemoryLayout<DetectorHandle>.size)
    _ = try RPeakDetector(samplingRate: samplingRate, arena: &arena)
    size.pointee = arena.peak
  }
}

@c @implementation
public func ecg_detector_init(
  _ samplingRate: Double, _ memory: UnsafeMutableRawPointer!, _ memorySize: Int,
  _ detector: UnsafeMutablePointer<OpaquePointer?>!
) -> ecg_status {
  status { () throws(Status) in
    guard let detector, let memory, memorySize > 0 else { throw .argument }
    var arena = try Arena(UnsafeMutableRawBufferPointer(start: memory, count: memorySize))
    let start = try place(DetectorHandle.self, &arena)
    let made = try RPeakDetector(samplingRate: samplingRate, arena: &arena)
    let handle = start.bindMemory(to: DetectorHandle.self, capacity: 1)
    handle.initialize(to: DetectorHandle(samplingRate: samplingRate, detector: made))
    detector.pointee = OpaquePointer(handle)
  }
}

@c @implementation
public func ecg_detector_push(
  _ pointer: OpaquePointer!, _ samples: UnsafePointer<Float>!, _ sampleCount: Int,
  _ peaks: UnsafeMutablePointer<UInt64>!, _ confidences: UnsafeMutablePointer<Float>!, _ capacity: Int,
  _ peakCount: UnsafeMutablePointer<Int>!
) -> ecg_status {
  status { () throws(Status) in
    let handle = try detector(pointer)
    guard let samples, let peaks, let peakCount, sampleCount >= 0, capacity >= 0,
      !handle.pointee.detector.isFinished
    else { throw .argument }
    let most = RPeakDetector.largestPeakCount(
      sampleCount, samplingRate: handle.pointee.samplingRate, isLast: false)
    guard capacity >= most else { throw .bufferTooSmall }
    var count = 0
    for index in 0..<sampleCount {
      handle.pointee.detector.push(samples[index])
      fetch(handle, peaks, confidences, capacity, &count)
    }
    peakCount.pointee = count
  }
}

@c @implementation
public func ecg_detector_finish(
  _ pointer: OpaquePointer!, _ peaks: UnsafeMutablePointer<UInt64>!, _ confidences: UnsafeMutablePointer<Float>!,
  _ capacity: Int, _ peakCount: UnsafeMutablePointer<Int>!
) -> ecg_status {
  status { () throws(Status) in
    let handle = try detector(pointer)
    guard let peaks, let peakCount, capacity >= 0 else { throw .argument }
    guard capacity >= RPeakDetector.mostAtFinish else { throw .bufferTooSmall }
    var count = 0
    handle.pointee.detector.finish()
    fetch(handle, peaks, confidences, capacity, &count)
    peakCount.pointee = count
  }
}

/// Writes the R peaks that are ready.
private func fetch(
  _ handle: UnsafeMutablePointer<DetectorHandle>, _ peaks: UnsafeMutablePointer<UInt64>,
  _ confidences: UnsafeMutablePointer<Float>?, _ capacity: Int, _ count: inout Int
) {
  while let peak = handle.pointee.detector.next() {
    guard count < capacity else { continue }
    peaks[count] = UInt64(truncatingIfNeeded: peak.position)
    if let confidences { confidences[count] = peak.confidence }
    count &+= 1
  }
}

private func detector(_ pointer: OpaquePointer?) throws(Status) -> UnsafeMutablePointer<DetectorHandle> {
  try handle(pointer)
}
