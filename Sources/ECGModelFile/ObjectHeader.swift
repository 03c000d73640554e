import ECGCore

/// The messages that describe one object of an HDF5 file (a version 1 object header), in whatever order its blocks
/// have them. HDF5 file format specification 3.0, section IV.A.1.a.
///
/// The walk is bounded, whatever the bytes say: by the number of blocks and the number of messages.
struct ObjectHeader {
  struct Message {
    var type: Int
    var isShared: Bool
    var start: Int
    var size: Int
  }

  static var mostMessages: Int { 4096 }
  static var mostBlocks: Int { 256 }

  private let bytes: FileBytes
  private var position: Int
  private var end: Int
  private var messagesLeft: Int
  private var blocksLeft = ObjectHeader.mostBlocks
  /// Continuation blocks that were announced but not yet read.
  private var pending = InlineArray<8, (start: Int, size: Int)>(repeating: (0, 0))
  private var pendingCount = 0

  init(_ bytes: FileBytes, at address: Int) throws(Status) {
    self.bytes = bytes
    try bytes.require(address, 16)
    // Version 2 headers begin with "OHDR" and belong to files written with newer library bounds.
    if try bytes.hasSignature(0x4F48_4452, at: address) { throw .unsupportedHDF5 }
    guard try bytes.byte(address) == 1 else { throw .malformed }
    messagesLeft = try bytes.uint16(address &+ 2)
    guard messagesLeft <= ObjectHeader.mostMessages else { throw .unsupportedHDF5 }
    let size = try bytes.int32(address &+ 8)
    position = address &+ 16
    try bytes.require(position, size)
    end = position &+ size
  }

  /// The next message, or `nil` after the last.
  mutating func next() throws(Status) -> Message? {
    while messagesLeft > 0 {
      guard end &- position >= 8 else {
        guard pendingCount > 0 else { return nil }
        pendingCount &-= 1
        position = pending[pendingCount].start
        end = position &+ pending[pendingCount].size
        continue
      }
      messagesLeft &-= 1
      let type = try bytes.uint16(position)
      let size = try bytes.uint16(position &+ 2)
      let flags = try bytes.byte(position &+ 4)
      let start = position &+ 8
      guard size <= end &- start else { throw .malformed }
      position = start &+ size
      switch type {
      case 0x00:  // nothing: a gap
        continue
      case 0x10:
        try addBlock(start, size)
        continue
      case 0x00...0x17:
        return Message(type: type, isShared: flags & 0x02 != 0, start: start, size: size)
      default:
        // Bit 7: a reader that does not know the message must not go on.
        if flags & 0x80 != 0 { throw .unsupportedHDF5 }
      }
    }
    return nil
  }

  private mutating func addBlock(_ start: Int, _ size: Int) throws(Status) {
    guard size >= 16 else { throw .malformed }
    guard blocksLeft > 0, pendingCount < pending.count else { throw .unsupportedHDF5 }
    blocksLeft &-= 1
    let address = try bytes.size(start)
    let length = try bytes.size(start &+ 8)
    try bytes.require(address, length)
    pending[pendingCount] = (address, length)
    pendingCount &+= 1
  }
}
