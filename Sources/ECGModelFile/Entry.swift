import ECGCore

/// The values of a dataset or attribute: their type and shape, and where they lie in the file.
public struct Entry {
  /// A raw type keeps the compiler from deriving hashing, and with it a source of randomness, for the embedded library.
  public enum Element: Int32, Sendable {
    /// IEEE 754, little-endian, of 2, 4 or 8 bytes.
    case float
    /// Two's complement, little-endian, of 1, 2, 4 or 8 bytes.
    case signedInteger
    case unsignedInteger
    /// Text of fixed length, zero-terminated or padded with zeros.
    case string
  }

  public let element: Element
  /// Bytes of one element.
  public let elementSize: Int
  /// Number of dimensions, 0 (a scalar) to 4.
  public let rank: Int
  /// Sizes, row-major, the last varying fastest; those beyond `rank` are 1.
  public let sizes: (Int, Int, Int, Int)
  /// The values in place: `count` × `elementSize` bytes.
  public let bytes: UnsafeRawBufferPointer

  public var count: Int { sizes.0 &* sizes.1 &* sizes.2 &* sizes.3 }

  init(type: ElementType, space: Dataspace, bytes: UnsafeRawBufferPointer) throws(Status) {
    let (size, overflow) = space.count.multipliedReportingOverflow(by: type.size)
    guard !overflow, bytes.count >= size else { throw .malformed }
    element = type.element
    elementSize = type.size
    rank = space.rank
    sizes = space.sizes
    self.bytes = UnsafeRawBufferPointer(start: bytes.baseAddress, count: size)
  }

  /// Whether the shape is exactly this.
  public func hasShape(_ first: Int) -> Bool { rank == 1 && sizes.0 == first }
  public func hasShape(_ first: Int, _ second: Int) -> Bool { rank == 2 && sizes.0 == first && sizes.1 == second }
  public func hasShape(rank: Int, _ sizes: (Int, Int, Int, Int)) -> Bool { self.rank == rank && self.sizes == sizes }

  // MARK: Values in place; `malformed` for another type, `alignment` when they do not lie on a multiple of their size

  public func float32() throws(Status) -> UnsafeBufferPointer<Float> {
    guard element == .float else { throw .malformed }
    return try values()
  }

  /// IEEE 754 half precision, by its bits.
  public func float16() throws(Status) -> UnsafeBufferPointer<UInt16> {
    guard element == .float else { throw .malformed }
    return try values()
  }

  public func float64() throws(Status) -> UnsafeBufferPointer<Double> {
    guard element == .float else { throw .malformed }
    return try values()
  }

  public func int32() throws(Status) -> UnsafeBufferPointer<Int32> {
    guard element == .signedInteger else { throw .malformed }
    return try values()
  }

  public func int8() throws(Status) -> UnsafeBufferPointer<Int8> {
    guard element == .signedInteger else { throw .malformed }
    return try values()
  }

  public func int64() throws(Status) -> UnsafeBufferPointer<Int64> {
    guard element == .signedInteger else { throw .malformed }
    return try values()
  }

  public func uint8() throws(Status) -> UnsafeBufferPointer<UInt8> {
    guard element == .unsignedInteger else { throw .malformed }
    return try values()
  }

  private func values<T: BitwiseCopyable>() throws(Status) -> UnsafeBufferPointer<T> {
    guard elementSize == MemoryLayout<T>.size else { throw .malformed }
    guard let start = bytes.baseAddress, count > 0 else { return UnsafeBufferPointer(start: nil, count: 0) }
    guard Int(bitPattern: start) & (MemoryLayout<T>.alignment &- 1) == 0 else { throw .alignment }
    return UnsafeBufferPointer(start: start.assumingMemoryBound(to: T.self), count: count)
  }

  // MARK: One value, wherever it lies

  /// A single integer, of whatever size.
  public func integer() throws(Status) -> Int64 {
    guard count == 1, let start = bytes.baseAddress else { throw .malformed }
    switch (element, elementSize) {
    case (.signedInteger, 1): return Int64(start.loadUnaligned(as: Int8.self))
    case (.signedInteger, 2): return Int64(start.loadUnaligned(as: Int16.self))
    case (.signedInteger, 4): return Int64(start.loadUnaligned(as: Int32.self))
    case (.signedInteger, 8): return start.loadUnaligned(as: Int64.self)
    case (.unsignedInteger, 1): return Int64(start.loadUnaligned(as: UInt8.self))
    case (.unsignedInteger, 2): return Int64(start.loadUnaligned(as: UInt16.self))
    case (.unsignedInteger, 4): return Int64(start.loadUnaligned(as: UInt32.self))
    case (.unsignedInteger, 8):
      guard let value = Int64(exactly: start.loadUnaligned(as: UInt64.self)) else { throw .malformed }
      return value
    default: throw .malformed
    }
  }

  /// A single number, an integer or a float of 4 or 8 bytes.
  public func number() throws(Status) -> Double {
    guard element == .float else { return Double(try integer()) }
    guard count == 1, let start = bytes.baseAddress else { throw .malformed }
    switch elementSize {
    case 4: return Double(start.loadUnaligned(as: Float.self))
    case 8: return start.loadUnaligned(as: Double.self)
    default: throw .malformed
    }
  }

  /// The text at `index`, zero-terminated in place; `malformed` when it fills its field and so has no end.
  public func text(_ index: Int = 0) throws(Status) -> UnsafePointer<CChar> {
    guard element == .string else { throw .malformed }
    guard index >= 0, index < count, let start = bytes.baseAddress else { throw .argument }
    let field = start + index &* elementSize
    for offset in 0..<elementSize where field.load(fromByteOffset: offset, as: UInt8.self) == 0 {
      return field.assumingMemoryBound(to: CChar.self)
    }
    throw .malformed
  }
}

/// An HDF5 dataspace message: the shape. Specification section IV.A.2.b.
struct Dataspace {
  let rank: Int
  let sizes: (Int, Int, Int, Int)
  let count: Int

  init(_ bytes: FileBytes, at start: Int, size: Int) throws(Status) {
    guard size >= 4 else { throw .malformed }
    let version = try bytes.byte(start)
    rank = try bytes.byte(start &+ 1)
    let flags = try bytes.byte(start &+ 2)
    let header: Int
    switch version {
    case 1: header = 8
    case 2:
      header = 4
      // Type 2 is the null dataspace, which has no values.
      guard try bytes.byte(start &+ 3) < 2 else { throw .unsupportedHDF5 }
    default: throw .unsupportedHDF5
    }
    guard rank <= 4, flags & 0x02 == 0 else { throw .unsupportedHDF5 }
    guard size >= header &+ 8 &* rank else { throw .malformed }
    var product = 1
    var sizes = (1, 1, 1, 1)
    for dimension in 0..<rank {
      let size = try bytes.size(start &+ header &+ 8 &* dimension)
      switch dimension {
      case 0: sizes.0 = size
      case 1: sizes.1 = size
      case 2: sizes.2 = size
      default: sizes.3 = size
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow else { throw .malformed }
      product = next
    }
    self.sizes = sizes
    count = product
  }
}

/// An HDF5 datatype message. Specification section IV.A.2.d.
struct ElementType {
  let element: Entry.Element
  let size: Int

  init(_ bytes: FileBytes, at start: Int, size messageSize: Int) throws(Status) {
    guard messageSize >= 8 else { throw .malformed }
    let first = try bytes.byte(start)
    let version = first >> 4
    let bits = try bytes.byte(start &+ 1)
    size = try bytes.int32(start &+ 4)
    guard version >= 1, version <= 3 else { throw .unsupportedHDF5 }
    guard size > 0 else { throw .malformed }
    switch first & 0x0F {
    case 0:
      guard messageSize >= 12 else { throw .malformed }
      let offset = try bytes.uint16(start &+ 8)
      let precision = try bytes.uint16(start &+ 10)
      guard bits & 0x01 == 0, offset == 0, precision == 8 &* size, size <= 8, size & (size &- 1) == 0 else {
        throw .unsupportedHDF5
      }
      element = bits & 0x08 != 0 ? .signedInteger : .unsignedInteger
    case 1:
      guard messageSize >= 20 else { throw .malformed }
      try ElementType.requireIEEE(bytes, at: start, size: size)
      element = .float
    case 3:
      // Padding 2 is Fortran's: spaces.
      guard bits & 0x0F < 2 else { throw .unsupportedHDF5 }
      element = .string
    default: throw .unsupportedHDF5
    }
  }

  /// The layout of bits must be IEEE 754's, least significant byte first.
  private static func requireIEEE(_ bytes: FileBytes, at start: Int, size: Int) throws(Status) {
    let exponentBits: Int
    switch size {
    case 2: exponentBits = 5
    case 4: exponentBits = 8
    case 8: exponentBits = 11
    default: throw .unsupportedHDF5
    }
    let mantissaBits = 8 &* size &- 1 &- exponentBits
    let bits = try bytes.byte(start &+ 1)
    guard bits & 0x41 == 0, bits & 0x30 == 0x20, try bytes.byte(start &+ 2) == 8 &* size &- 1,
      try bytes.uint16(start &+ 8) == 0, try bytes.uint16(start &+ 10) == 8 &* size,
      try bytes.byte(start &+ 12) == mantissaBits, try bytes.byte(start &+ 13) == exponentBits,
      try bytes.byte(start &+ 14) == 0, try bytes.byte(start &+ 15) == mantissaBits,
      try bytes.uint32(start &+ 16) == (1 << UInt32(exponentBits &- 1)) &- 1
    else { throw .unsupportedHDF5 }
  }
}
