import CECG
import ECGCore

@c @implementation
public func ecg_session_open(
  _ model: OpaquePointer!, _ longestSeconds: Double, _ samplingRate: Double,
  _ session: UnsafeMutablePointer<OpaquePointer?>!
) -> ecg_status {
  status { () throws(Status) in
    guard let session else { throw .argument }
    let size = try sessionMemorySize(model, longestSeconds, samplingRate, batch: Session.largestBatch)
    let memory = try Memory.take(size)
    do throws(Status) {
      let handle = try makeSession(model, longestSeconds, samplingRate, batch: Session.largestBatch, memory)
      handle.pointee.ownMemory = memory
      session.pointee = OpaquePointer(handle)
    } catch {
      Memory.giveBack(memory)
      throw error
    }
  }
}

@c @implementation
public func ecg_session_close(_ pointer: OpaquePointer!) {
  guard let handle = try? session(pointer), handle.pointee.ownMemory.count > 0 else { return }
  let memory = handle.pointee.ownMemory
  handle.pointee.mark = 0
  Memory.giveBack(memory)
}

@c @implementation
public func ecg_session_beat_capacity(_ pointer: OpaquePointer!) -> Int {
  guard let handle = try? session(pointer) else { return 0 }
  return handle.pointee.session.beatCapacity
}

@c @implementation
public func ecg_session_verify(_ pointer: OpaquePointer!) -> ecg_status {
  status { () throws(Status) in try session(pointer).pointee.session.verify() }
}

@c @implementation
public func ecg_session_size(
  _ model: OpaquePointer!, _ longestSeconds: Double, _ samplingRate: Double, _ size: UnsafeMutablePointer<Int>!
) -> ecg_status {
  status { () throws(Status) in
    guard let size else { throw .argument }
    size.pointee = try sessionMemorySize(model, longestSeconds, samplingRate, batch: 1)
  }
}

@c @implementation
public func ecg_session_init(
  _ model: OpaquePointer!, _ longestSeconds: Double, _ samplingRate: Double, _ memory: UnsafeMutableRawPointer!,
  _ memorySize: Int, _ session: UnsafeMutablePointer<OpaquePointer?>!
) -> ecg_status {
  status { () throws(Status) in
    guard let session, let memory, memorySize > 0 else { throw .argument }
    var batch = Session.largestBatch
    while batch > 1 {
      let size = try sessionMemorySize(model, longestSeconds, samplingRate, batch: batch)
      if size <= memorySize { break }
      batch /= 2
    }
    let handle = try makeSession(
      model, longestSeconds, samplingRate, batch: batch,
      UnsafeMutableRawBufferPointer(start: memory, count: memorySize))
    session.pointee = OpaquePointer(handle)
  }
}

private func sessionMemorySize(
  _ pointer: OpaquePointer?, _ longestSeconds: Double, _ samplingRate: Double, batch: Int
) throws(Status) -> Int {
  let handle = try model(pointer)
  var arena = Arena.measuring()
  _ = try arena.take(UInt8.self, MemoryLayout<SessionHandle>.size)
  _ = try arena.take(
    UInt8.self,
    try Session.memorySize(
      &handle.pointee.model, longestSeconds: longestSeconds, samplingRate: samplingRate, batch: batch))
  return arena.used
}

private func makeSession(
  _ pointer: OpaquePointer?, _ longestSeconds: Double, _ samplingRate: Double, batch: Int,
  _ memory: UnsafeMutableRawBufferPointer
) throws(Status) -> UnsafeMutablePointer<SessionHandle> {
  let model = try model(pointer)
  var arena = try Arena(memory)
  let start = try place(SessionHandle.self, &arena)
  let session = try Session(
    &model.pointee.model, longestSeconds: longestSeconds, samplingRate: samplingRate, batch: batch, arena: &arena)
  let handle = start.bindMemory(to: SessionHandle.self, capacity: 1)
  handle.initialize(to: SessionHandle(session: session))
  return handle
}
