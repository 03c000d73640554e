import ECGCore

/// Reads a documented subset of HDF5 straight from bytes (a mapped file, a flash region): nothing is copied, nothing is
/// allocated. `Documentation/WeightFormat.md` says what the subset is; anything else throws `unsupportedHDF5`.
///
/// Whatever the bytes are, every call returns or throws after a bounded number of steps and reads nothing outside them.
/// The bytes must stay where they are for as long as the file or anything read from it is used.
public struct HDF5File {
  /// A group or dataset: the address of its object header.
  public struct Object {
    let address: Int
  }

  let bytes: FileBytes
  public let root: Object

  /// Bytes that belong to the file: those given may go on behind it, as a flash region does.
  public var size: Int { bytes.count }

  /// The file's bytes, in place.
  public var content: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes.start, count: bytes.count) }

  /// Throws `notAModel` when the bytes do not begin as an HDF5 file does, `truncated` when there are fewer than the
  /// file says, `alignment` when they do not start at a multiple of 8.
  public init(_ content: UnsafeRawBufferPointer) throws(Status) {
    // "\211HDF\r\n\032\n"
    guard let start = content.baseAddress, content.count >= 8,
      UInt64(bigEndian: start.loadUnaligned(as: UInt64.self)) == 0x8948_4446_0D0A_1A0A
    else { throw .notAModel }
    guard Int(bitPattern: start) & 7 == 0 else { throw .alignment }
    guard content.count >= 96 else { throw .truncated }
    let all = FileBytes(start: start, count: content.count)
    // Superblock version 0, section II.A: version at 8, sizes of offsets and lengths at 13, base address at 24, end of
    // file at 40, the root group's symbol table entry at 56.
    guard try all.byte(8) == 0, try all.byte(9) == 0, try all.byte(10) == 0, try all.byte(12) == 0,
      try all.byte(13) == 8, try all.byte(14) == 8, try all.size(24) == 0, try all.isUndefined(48)
    else { throw .unsupportedHDF5 }
    let end = try all.size(40)
    guard end <= content.count else { throw .truncated }
    guard end >= 96 else { throw .malformed }
    bytes = FileBytes(start: start, count: end)
    root = Object(address: try bytes.size(64))
  }

  // MARK: Groups

  /// The member of `group` with that name; throws `missingEntry` when there is none.
  public func member(_ name: EntryName, of group: Object) throws(Status) -> Object {
    var header = try ObjectHeader(bytes, at: group.address)
    while let message = try header.next() {
      switch message.type {
      case 0x11:
        guard message.size >= 16, !message.isShared else { throw .malformed }
        return try member(name, tree: bytes.size(message.start), heap: bytes.size(message.start &+ 8))
      case 0x02, 0x06:  // the newer kinds of groups
        throw .unsupportedHDF5
      default: continue
      }
    }
    throw .malformed
  }

  public func member(_ name: StaticString, of group: Object) throws(Status) -> Object {
    try member(EntryName(name), of: group)
  }

  /// A version 1 B-tree over names (section III.A.1), its leaves symbol table nodes (III.B), the names in a local heap
  /// (III.D).
  private func member(_ name: EntryName, tree: Int, heap: Int) throws(Status) -> Object {
    // “HEAP”, “TREE” and “SNOD” begin the three.
    guard try bytes.hasSignature(0x4845_4150, at: heap), try bytes.byte(heap &+ 4) == 0 else { throw .malformed }
    let namesSize = try bytes.size(heap &+ 8)
    let names = try bytes[bytes.size(heap &+ 24), namesSize]
    var node = tree
    var level = -1
    repeat {
      guard try bytes.hasSignature(0x5452_4545, at: node), try bytes.byte(node &+ 4) == 0 else { throw .malformed }
      let nodeLevel = try bytes.byte(node &+ 5)
      // Each step goes down one level, so the walk ends.
      guard level < 0 ? nodeLevel < 8 : nodeLevel == level &- 1 else { throw .malformed }
      level = nodeLevel
      let count = try bytes.uint16(node &+ 6)
      guard count > 0 else { throw .missingEntry }
      // Key i, child i, key i + 1, …: child i holds the names after key i, up to and including key i + 1.
      let keys = node &+ 24
      try bytes.require(keys, 16 &* count &+ 8)
      var low = 0
      var high = count &- 1
      while low < high {
        let middle = (low &+ high) / 2
        if try compare(name, names, bytes.size(keys &+ 16 &* (middle &+ 1))) <= 0 {
          high = middle
        } else {
          low = middle &+ 1
        }
      }
      node = try bytes.size(keys &+ 16 &* low &+ 8)
    } while level > 0

    guard try bytes.hasSignature(0x534E_4F44, at: node), try bytes.byte(node &+ 4) == 1 else { throw .malformed }
    let count = try bytes.uint16(node &+ 6)
    try bytes.require(node &+ 8, 40 &* count)
    var low = 0
    var high = count
    while low < high {
      let middle = (low &+ high) / 2
      let entry = node &+ 8 &+ 40 &* middle
      let order = try compare(name, names, bytes.size(entry))
      if order < 0 {
        high = middle
      } else if order > 0 {
        low = middle &+ 1
      } else {
        // Cache type 2 is a symbolic link.
        guard try bytes.uint32(entry &+ 16) < 2 else { throw .unsupportedHDF5 }
        return Object(address: try bytes.size(entry &+ 8))
      }
    }
    throw .missingEntry
  }

  private func compare(_ name: EntryName, _ names: UnsafeRawBufferPointer, _ offset: Int) throws(Status) -> Int {
    guard offset < names.count, let start = names.baseAddress else { throw .malformed }
    let rest = UnsafeRawBufferPointer(start: start + offset, count: names.count &- offset)
    guard let order = name.compared(with: rest) else { throw .malformed }
    return order
  }

  // MARK: Datasets

  /// The values of the dataset with that name in `group`.
  public func dataset(_ name: EntryName, of group: Object) throws(Status) -> Entry {
    try dataset(member(name, of: group))
  }

  public func dataset(_ name: StaticString, of group: Object) throws(Status) -> Entry {
    try dataset(EntryName(name), of: group)
  }

  private func dataset(_ object: Object) throws(Status) -> Entry {
    var header = try ObjectHeader(bytes, at: object.address)
    var space: Dataspace?
    var type: ElementType?
    var values: UnsafeRawBufferPointer?
    while let message = try header.next() {
      switch message.type {
      case 0x01, 0x03, 0x08:
        guard !message.isShared else { throw .unsupportedHDF5 }
        switch message.type {
        case 0x01: space = try Dataspace(bytes, at: message.start, size: message.size)
        case 0x03: type = try ElementType(bytes, at: message.start, size: message.size)
        default: values = try layout(at: message.start, size: message.size)
        }
      case 0x07, 0x0B:  // external files, filters (compression)
        throw .unsupportedHDF5
      default: continue
      }
    }
    guard let space, let type, let values else { throw .malformed }
    return try Entry(type: type, space: space, bytes: values)
  }

  /// Where a dataset's values lie: in its header (compact) or in one piece elsewhere (contiguous). Section IV.A.2.i.
  private func layout(at start: Int, size: Int) throws(Status) -> UnsafeRawBufferPointer {
    guard size >= 4 else { throw .malformed }
    let version = try bytes.byte(start)
    guard version == 3 || version == 4 else { throw .unsupportedHDF5 }
    switch try bytes.byte(start &+ 1) {
    case 0:
      let length = try bytes.uint16(start &+ 2)
      guard length <= size &- 4 else { throw .malformed }
      return try bytes[start &+ 4, length]
    case 1:
      guard size >= 18 else { throw .malformed }
      // Nothing was ever written.
      if try bytes.isUndefined(start &+ 2) { return UnsafeRawBufferPointer(start: nil, count: 0) }
      return try bytes[bytes.size(start &+ 2), bytes.size(start &+ 10)]
    default: throw .unsupportedHDF5
    }
  }

  // MARK: Attributes

  /// The value of the attribute with that name of `object`; throws `missingEntry` when there is none.
  public func attribute(_ name: EntryName, of object: Object) throws(Status) -> Entry {
    try find(name, of: object).value(bytes)
  }

  func find(_ name: EntryName, of object: Object) throws(Status) -> Attribute {
    var header = try ObjectHeader(bytes, at: object.address)
    while let message = try header.next() {
      guard message.type == 0x0C else {
        if message.type == 0x15 { throw .unsupportedHDF5 }  // attributes kept outside the header
        continue
      }
      let attribute = try Attribute(bytes, message)
      if name.compared(with: attribute.name) == 0 { return attribute }
    }
    throw .missingEntry
  }

  public func attribute(_ name: StaticString, of object: Object) throws(Status) -> Entry {
    try attribute(EntryName(name), of: object)
  }

  /// All attributes of `object`, one after the other, in the order of the file.
  public func attributes(of object: Object) throws(Status) -> Attributes {
    Attributes(bytes: bytes, header: try ObjectHeader(bytes, at: object.address))
  }

  public struct Attributes {
    let bytes: FileBytes
    var header: ObjectHeader

    /// The next attribute's zero-terminated name and its value, or `nil` after the last. An attribute whose type is
    /// outside the subset throws `unsupportedHDF5`; calling again goes on behind it.
    public mutating func next() throws(Status) -> (name: UnsafePointer<CChar>, value: Entry)? {
      while let message = try header.next() {
        guard message.type == 0x0C else { continue }
        let attribute = try Attribute(bytes, message)
        guard let start = attribute.name.baseAddress else { throw .malformed }
        return (start.assumingMemoryBound(to: CChar.self), try attribute.value(bytes))
      }
      return nil
    }
  }
}

/// An HDF5 attribute message: name, type, shape and values one behind the other. Specification section IV.A.2.m.
struct Attribute {
  /// Zero-terminated.
  let name: UnsafeRawBufferPointer
  let typeStart: Int
  let typeSize: Int
  let spaceStart: Int
  let spaceSize: Int
  let valueStart: Int
  let valueSize: Int
  let hasSharedParts: Bool

  init(_ bytes: FileBytes, _ message: ObjectHeader.Message) throws(Status) {
    guard !message.isShared else { throw .unsupportedHDF5 }
    guard message.size >= 8 else { throw .malformed }
    let version = try bytes.byte(message.start)
    guard version >= 1, version <= 3 else { throw .unsupportedHDF5 }
    // Version 1 pads each part to 8 bytes; version 3 has one byte more, for the name's character set.
    hasSharedParts = version > 1 ? try bytes.byte(message.start &+ 1) != 0 : false
    func padded(_ size: Int) -> Int { version == 1 ? (size &+ 7) & ~7 : size }
    let nameSize = try bytes.uint16(message.start &+ 2)
    typeSize = try bytes.uint16(message.start &+ 4)
    spaceSize = try bytes.uint16(message.start &+ 6)
    let nameStart = message.start &+ (version == 3 ? 9 : 8)
    typeStart = nameStart &+ padded(nameSize)
    spaceStart = typeStart &+ padded(typeSize)
    valueStart = spaceStart &+ padded(spaceSize)
    valueSize = message.start &+ message.size &- valueStart
    guard valueSize >= 0 else { throw .malformed }
    name = try bytes[nameStart, nameSize]
    guard name.last == 0 else { throw .malformed }
  }

  func value(_ bytes: FileBytes) throws(Status) -> Entry {
    guard !hasSharedParts else { throw .unsupportedHDF5 }
    return try Entry(
      type: ElementType(bytes, at: typeStart, size: typeSize),
      space: Dataspace(bytes, at: spaceStart, size: spaceSize), bytes: bytes[valueStart, valueSize])
  }
}
