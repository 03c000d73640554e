import ECGCore
import ECGIdentity

/// What an opaque pointer of the C interface points to.
protocol Handle: ~Copyable {
  /// Tells one kind of handle from other memory, and an open one from a closed one.
  static var mark: UInt32 { get }
  var mark: UInt32 { get }
}

/// The handle behind a pointer from C; throws `argument` for NULL and for what is not an open one of this kind.
func handle<H: Handle & ~Copyable>(_ pointer: OpaquePointer?) throws(Status) -> UnsafeMutablePointer<H> {
  guard let pointer, UInt(bitPattern: pointer) % UInt(MemoryLayout<H>.alignment) == 0 else { throw .argument }
  let handle = UnsafeMutablePointer<H>(pointer)
  guard handle.pointee.mark == H.mark else { throw .argument }
  return handle
}

/// Takes the place of a handle from the arena, where what it leads to lies behind it.
func place<H: Handle & ~Copyable>(_ kind: H.Type, _ arena: inout Arena) throws(Status) -> UnsafeMutableRawPointer {
  let bytes = try arena.take(UInt8.self, MemoryLayout<H>.size)
  guard let start = UnsafeMutableRawPointer(bytes.baseAddress) else { throw .bufferTooSmall }
  return start
}

/// What an `ecg_model *` points to.
struct ModelHandle: Handle {
  static var mark: UInt32 { 0x6d67_6365 }  // "ecgm"

  var mark: UInt32 = ModelHandle.mark
  var model: Model
  /// What to give back on closing; empty when the memory is the caller's.
  var mappedFile = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  var ownMemory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
}

/// What an `ecg_session *` points to.
struct SessionHandle: Handle {
  static var mark: UInt32 { 0x7367_6365 }  // "ecgs"

  var mark: UInt32 = SessionHandle.mark
  var session: Session
  /// Beats that the last preprocessing gave.
  var beatCount = 0
  var ownMemory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
}

/// What an `ecg_gallery *` points to.
struct GalleryHandle: Handle {
  static var mark: UInt32 { 0x6767_6365 }  // "ecgg"

  var mark: UInt32 = GalleryHandle.mark
  var gallery: Gallery
  /// Sessions and streams of another model make embeddings that mean nothing here.
  let model: UnsafePointer<Model>
  /// All of it, to be overwritten at the end.
  let memory: UnsafeMutableRawBufferPointer
  var isOwn = false
}

func model(_ pointer: OpaquePointer?) throws(Status) -> UnsafeMutablePointer<ModelHandle> { try handle(pointer) }

func session(_ pointer: OpaquePointer?) throws(Status) -> UnsafeMutablePointer<SessionHandle> { try handle(pointer) }

func gallery(_ pointer: OpaquePointer?) throws(Status) -> UnsafeMutablePointer<GalleryHandle> { try handle(pointer) }

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
