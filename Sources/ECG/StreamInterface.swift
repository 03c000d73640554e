import CECG
import ECGCore
import ECGIdentity
import ECGSignal

/// What an `ecg_stream *` points to.
private struct StreamHandle: Handle {
  static var mark: UInt32 { 0x7467_6365 }  // "ecgt"

  var mark: UInt32 = StreamHandle.mark
  var stream: RecognitionStream
  var ownMemory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
}

@c @implementation
public func ecg_stream_open(
  _ model: OpaquePointer!, _ samplingRate: Double, _ options: UnsafePointer<ecg_stream_options>!,
  _ stream: UnsafeMutablePointer<OpaquePointer?>!
) -> ecg_status {
  status { () throws(Status) in
    guard let stream else { throw .argument }
    let memory = try Memory.take(try streamMemorySize(model, samplingRate, options))
    do throws(Status) {
      let handle = try makeStream(model, samplingRate, options, memory)
      handle.pointee.ownMemory = memory
      stream.pointee = OpaquePointer(handle)
    } catch {
      Memory.giveBack(memory)
      throw error
    }
  }
}

@c @implementation
public func ecg_stream_close(_ pointer: OpaquePointer!) {
  guard let handle = try? stream(pointer), handle.pointee.ownMemory.count > 0 else { return }
  let memory = handle.pointee.ownMemory
  handle.pointee.mark = 0
  Memory.giveBack(memory)
}

@c @implementation
public func ecg_stream_size(
  _ model: OpaquePointer!, _ samplingRate: Double, _ options: UnsafePointer<ecg_stream_options>!,
  _ size: UnsafeMutablePointer<Int>!
) -> ecg_status {
  status { () throws(Status) in
    guard let size else { throw .argument }
    size.pointee = try streamMemorySize(model, samplingRate, options)
  }
}

@c @implementation
public func ecg_stream_init(
  _ model: OpaquePointer!, _ samplingRate: Double, _ options: UnsafePointer<ecg_stream_options>!,
  _ memory: UnsafeMutableRawPointer!, _ memorySize: Int, _ stream: UnsafeMutablePointer<OpaquePointer?>!
) -> ecg_status {
  status { () throws(Status) in
    guard let stream, let memory, memorySize > 0 else { throw .argument }
    let handle = try makeStream(
      model, samplingRate, options, UnsafeMutableRawBufferPointer(start: memory, count: memorySize))
    stream.pointee = OpaquePointer(handle)
  }
}

@c @implementation
public func ecg_stream_reset(_ pointer: OpaquePointer!) -> ecg_status {
  status { () throws(Status) in try stream(pointer).pointee.stream.reset() }
}

@c @implementation
public func ecg_stream_push(
  _ pointer: OpaquePointer!, _ samples: UnsafePointer<Float>!, _ sampleCount: Int,
  _ takenCount: UnsafeMutablePointer<Int>!
) -> ecg_status {
  status { () throws(Status) in
    let handle = try stream(pointer)
    guard let samples, sampleCount >= 0 else { throw .argument }
    if takenCount == nil, sampleCount > handle.pointee.stream.room, !handle.pointee.stream.isFinished {
      throw .bufferTooSmall
    }
    let taken = try handle.pointee.stream.push(UnsafeBufferPointer(start: samples, count: sampleCount))
    if let takenCount { takenCount.pointee = taken }
  }
}

@c @implementation
public func ecg_stream_gap(_ pointer: OpaquePointer!, _ missingCount: UInt64) -> ecg_status {
  status { () throws(Status) in
    let handle = try stream(pointer)
    guard missingCount <= UInt64(Int64.max) else { throw .argument }
    try handle.pointee.stream.skip(Int64(missingCount))
  }
}

@c @implementation
public func ecg_stream_finish(_ pointer: OpaquePointer!) -> ecg_status {
  status { () throws(Status) in try stream(pointer).pointee.stream.finish() }
}

@c @implementation
public func ecg_stream_next(
  _ pointer: OpaquePointer!, _ event: UnsafeMutablePointer<ecg_stream_event>!
) -> ecg_status {
  status { () throws(Status) in
    let handle = try stream(pointer)
    let size = event?.pointee.struct_size ?? 0
    guard let event, Int(clamping: size) >= MemoryLayout<ecg_stream_event>.size else { throw .argument }
    let told = try handle.pointee.stream.next()
    let identity = handle.pointee.stream.identity
    let threshold = handle.pointee.stream.outlierThreshold
    var isOutlier: Int32 = -1
    if let threshold, identity.beatCount > 0 { isOutlier = identity.outlierScore > threshold ? 1 : 0 }
    let answer = ecg_stream_event(
      struct_size: size, kind: told.kind.rawValue, position: UInt64(truncatingIfNeeded: told.position),
      quality: told.quality, fault: told.fault.rawValue, signal: handle.pointee.stream.signalStatus?.code ?? 0,
      beat_count: UInt32(truncatingIfNeeded: identity.beatCount), person: Int32(truncatingIfNeeded: identity.person),
      probability: identity.probability, is_outlier: isOutlier, outlier_score: identity.outlierScore)
    try write(answer, to: event, size: size, required: MemoryLayout<ecg_stream_event>.size)
  }
}

@c @implementation
public func ecg_stream_probabilities(
  _ pointer: OpaquePointer!, _ probabilities: UnsafeMutablePointer<Float>!, _ capacity: Int
) -> ecg_status {
  status { () throws(Status) in
    let stream = try stream(pointer).pointee.stream
    guard let probabilities, capacity >= 0 else { throw .argument }
    guard !stream.probabilities.isEmpty else { throw .noClasses }
    guard stream.identity.beatCount > 0 else { throw .noBeats }
    try copy(stream.probabilities, to: probabilities, capacity)
  }
}

@c @implementation
public func ecg_stream_beat(
  _ pointer: OpaquePointer!, _ beat: UnsafeMutablePointer<Float>!, _ capacity: Int
) -> ecg_status {
  status { () throws(Status) in
    let stream = try stream(pointer).pointee.stream
    guard let beat, capacity >= 0 else { throw .argument }
    guard let values = stream.lastBeat else { throw .noBeats }
    try copy(values, to: beat, capacity)
  }
}

// MARK: Galleries

@c @implementation
public func ecg_stream_set_gallery(
  _ pointer: OpaquePointer!, _ galleryPointer: OpaquePointer!, _ person: UnsafePointer<CChar>!
) -> ecg_status {
  status { () throws(Status) in
    let handle = try stream(pointer)
    guard galleryPointer != nil else {
      guard person == nil else { throw .argument }
      return try handle.pointee.stream.compare(with: nil)
    }
    let gallery = try gallery(galleryPointer, of: handle)
    var name: PersonName?
    if let person {
      let claimed = try PersonName(person)
      guard !gallery.pointee.gallery.templates(of: claimed).isEmpty else { throw .unknownPerson }
      name = claimed
    }
    let place = withUnsafePointer(to: &gallery.pointee.gallery) { $0 }
    try handle.pointee.stream.compare(with: place, person: name)
  }
}

@c @implementation
public func ecg_stream_match(_ pointer: OpaquePointer!, _ match: UnsafeMutablePointer<ecg_match>!) -> ecg_status {
  status { () throws(Status) in
    let stream = try stream(pointer).pointee.stream
    guard let match, stream.hasGallery else { throw .argument }
    try write(stream.match, person: stream.acceptedPerson, to: match)
  }
}

@c @implementation
public func ecg_stream_enrol(
  _ pointer: OpaquePointer!, _ galleryPointer: OpaquePointer!, _ person: UnsafePointer<CChar>!,
  _ beatCount: UnsafeMutablePointer<UInt32>!
) -> ecg_status {
  status { () throws(Status) in
    let handle = try stream(pointer)
    let gallery = try gallery(galleryPointer, of: handle)
    guard let person else { throw .argument }
    let count = try handle.pointee.stream.enrol(try PersonName(person), in: &gallery.pointee.gallery)
    if let beatCount { beatCount.pointee = UInt32(clamping: count) }
  }
}

/// The gallery behind a pointer from C; throws `otherModel` when it is not of the stream's model.
private func gallery(
  _ pointer: OpaquePointer?, of stream: UnsafeMutablePointer<StreamHandle>
) throws(Status) -> UnsafeMutablePointer<GalleryHandle> {
  let gallery = try gallery(pointer)
  guard gallery.pointee.model == stream.pointee.stream.model else { throw .otherModel }
  return gallery
}

private func copy(
  _ values: UnsafeBufferPointer<Float>, to target: UnsafeMutablePointer<Float>, _ capacity: Int
) throws(Status) {
  guard capacity >= values.count else { throw .bufferTooSmall }
  for index in 0..<values.count { target[index] = values[index] }
}

private func stream(_ pointer: OpaquePointer?) throws(Status) -> UnsafeMutablePointer<StreamHandle> {
  try handle(pointer)
}

/// The options as C gives them: NULL, and fields that are 0, stand for the defaults.
private func given(_ pointer: UnsafePointer<ecg_stream_options>?) throws(Status) -> RecognitionStream.Options {
  var options = RecognitionStream.Options()
  guard let pointer else { return options }
  guard Int(clamping: pointer.pointee.struct_size) >= MemoryLayout<ecg_stream_options>.size else { throw .argument }
  let asked = pointer.pointee
  if asked.window_seconds != 0 { options.window = asked.window_seconds }
  if asked.interval_seconds != 0 { options.interval = asked.interval_seconds }
  if asked.lookahead_seconds != 0 { options.lookahead = asked.lookahead_seconds }
  if asked.beat_count != 0 { options.beatCount = Int(clamping: asked.beat_count) }
  return options
}

private func streamMemorySize(
  _ pointer: OpaquePointer?, _ samplingRate: Double, _ options: UnsafePointer<ecg_stream_options>?
) throws(Status) -> Int {
  let handle = try model(pointer)
  var arena = Arena.measuring()
  _ = try arena.take(UInt8.self, MemoryLayout<StreamHandle>.size)
  _ = try arena.take(
    UInt8.self,
    try RecognitionStream.memorySize(
      &handle.pointee.model, samplingRate: samplingRate, options: try given(options)))
  return arena.used
}

private func makeStream(
  _ pointer: OpaquePointer?, _ samplingRate: Double, _ options: UnsafePointer<ecg_stream_options>?,
  _ memory: UnsafeMutableRawBufferPointer
) throws(Status) -> UnsafeMutablePointer<StreamHandle> {
  let model = try model(pointer)
  let options = try given(options)
  var arena = try Arena(memory)
  let start = try place(StreamHandle.self, &arena)
  let stream = try RecognitionStream(
    &model.pointee.model, samplingRate: samplingRate, options: options, arena: &arena)
  let handle = start.bindMemory(to: StreamHandle.self, capacity: 1)
  handle.initialize(to: StreamHandle(stream: stream))
  return handle
}
