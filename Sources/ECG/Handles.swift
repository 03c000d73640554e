import ECGCore

/// What an `ecg_model *` points to.
struct ModelHandle {
  static var mark: UInt32 { 0x6d67_6365 }  // "ecgm"

  /// Tells a model from other memory, and an open one from a closed one.
  var mark = ModelHandle.mark
  var model: Model
  /// What to give back on closing; empty when the memory is the caller's.
  var mappedFile = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  var ownMemory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
}

/// What an `ecg_session *` points to.
struct SessionHandle {
  static var mark: UInt32 { 0x7367_6365 }  // "ecgs"

  var mark = SessionHandle.mark
  var session: Session
  /// Beats that the last preprocessing gave.
  var beatCount = 0
  var ownMemory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
}

/// The model behind a pointer from C; throws `argument` for NULL and for what is not an open model.
func model(_ pointer: OpaquePointer?) throws(Status) -> UnsafeMutablePointer<ModelHandle> {
  guard let pointer, UInt(bitPattern: pointer) % UInt(MemoryLayout<ModelHandle>.alignment) == 0 else { throw .argument }
  let handle = UnsafeMutablePointer<ModelHandle>(pointer)
  guard handle.pointee.mark == ModelHandle.mark else { throw .argument }
  return handle
}

/// The session behind a pointer from C; throws `argument` for NULL and for what is not an open session.
func session(_ pointer: OpaquePointer?) throws(Status) -> UnsafeMutablePointer<SessionHandle> {
  guard let pointer, UInt(bitPattern: pointer) % UInt(MemoryLayout<SessionHandle>.alignment) == 0 else {
    throw .argument
  }
  let handle = UnsafeMutablePointer<SessionHandle>(pointer)
  guard handle.pointee.mark == SessionHandle.mark else { throw .argument }
  return handle
}

/// Runs `body` and gives its error, if any, as a C status.
func status(_ body: () throws(Status) -> Void) -> Int32 {
  do throws(Status) {
    try body()
    return 0
  } catch {
    return error.code
  }
}

/// Writes a struct to a C caller who knows `size` bytes of it: no more than that, and nothing of it is too little.
///
/// `required` is the size of the struct's first version.
func write<T: BitwiseCopyable>(_ value: T, to target: UnsafeMutablePointer<T>, size: UInt32, required: Int)
  throws(Status)
{
  let known = Int(clamping: size)
  guard known >= required else { throw .argument }
  let count = min(known, MemoryLayout<T>.size)
  withUnsafeBytes(of: value) { bytes in
    let destination = UnsafeMutableRawPointer(target)
    for index in 0..<count { destination.storeBytes(of: bytes[index], toByteOffset: index, as: UInt8.self) }
  }
}
