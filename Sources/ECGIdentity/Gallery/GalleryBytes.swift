import ECGCore

/// A gallery as bytes, to be kept in a file or in flash: `Documentation/Galleries.md` is the format.
///
/// All numbers are little-endian, as on every machine that this library runs on.
public enum GalleryBytes {
  public static var newestVersion: UInt32 { 1 }
  private static var magic: UInt64 { 0x7972_6c67_2d67_6365 }  // "ecg-glry"
  private static var headerSize: Int { 64 }
  private static var recordSize: Int { 64 }
  private static var digestSize: Int { 32 }

  /// Bytes that a gallery of `count` templates takes.
  public static func size(count: Int, dimensions: Int) -> Int {
    headerSize &+ count &* (recordSize &+ 4 &* dimensions) &+ digestSize
  }

  /// Writes a gallery; the bytes need no alignment. Throws `bufferTooSmall`.
  public static func save(_ gallery: Gallery, to bytes: UnsafeMutableRawBufferPointer) throws(Status) {
    let size = size(count: gallery.count, dimensions: gallery.dimensions)
    guard bytes.count >= size else { throw .bufferTooSmall }
    func store<T: BitwiseCopyable>(_ value: T, _ offset: Int) {
      bytes.storeBytes(of: value, toByteOffset: offset, as: T.self)
    }
    store(magic, 0)
    store(newestVersion, 8)
    store(UInt32(truncatingIfNeeded: gallery.dimensions), 12)
    store(UInt64(truncatingIfNeeded: gallery.count), 16)
    store(UInt64(0), 24)
    for index in 0..<digestSize { store(gallery.modelDigest[index], 32 &+ index) }
    for index in 0..<gallery.count {
      let place = headerSize &+ index &* recordSize
      let name = gallery.name(index)
      for byte in 0..<PersonName.size { store(name[byte], place &+ byte) }
      store(UInt32(truncatingIfNeeded: gallery.beatCount(index)), place &+ PersonName.size)
      for word in 0..<3 { store(UInt32(0), place &+ PersonName.size &+ 4 &* (word &+ 1)) }
    }
    var place = headerSize &+ gallery.count &* recordSize
    for index in 0..<gallery.count {
      let embedding = gallery.embedding(index)
      for value in 0..<gallery.dimensions {
        store(embedding[value], place)
        place &+= 4
      }
    }
    let digest = digest(UnsafeRawBufferPointer(rebasing: bytes[..<place]))
    for index in 0..<digestSize { store(digest[index], place &+ index) }
  }

  /// What the header of a saved gallery says.
  public struct Header {
    public var count: Int
    public var dimensions: Int
    public var modelDigest: SHA256.Digest
  }

  /// Reads the header and checks that there are as many bytes as it promises; the checksum is left to `load`. Throws
  /// `notAGallery`, `formatVersion`.
  public static func header(_ bytes: UnsafeRawBufferPointer) throws(Status) -> Header {
    guard bytes.count >= headerSize, bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self) == magic else {
      throw .notAGallery
    }
    let version = bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
    guard version <= newestVersion else { throw .formatVersion }
    let dimensions = Int(clamping: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
    let count = Int(clamping: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
    guard version >= 1, dimensions >= 1, dimensions <= Gallery.mostDimensions, count <= bytes.count / recordSize,
      size(count: count, dimensions: dimensions) == bytes.count,
      bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self) == 0
    else { throw .notAGallery }
    var digest = SHA256.Digest(repeating: 0)
    for index in 0..<digestSize { digest[index] = bytes[32 &+ index] }
    return Header(count: count, dimensions: dimensions, modelDigest: digest)
  }

  /// Replaces a gallery's content by a saved one; when that throws, nothing changes.
  ///
  /// Throws `notAGallery` for what is none or is damaged, `formatVersion`, `otherModel`, `bufferTooSmall` for more
  /// templates than there is room for.
  public static func load(_ bytes: UnsafeRawBufferPointer, into gallery: inout Gallery) throws(Status) {
    let header = try header(bytes)
    let end = bytes.count &- digestSize
    let digest = digest(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
    for index in 0..<digestSize where bytes[end &+ index] != digest[index] { throw .notAGallery }
    for index in 0..<digestSize where header.modelDigest[index] != gallery.modelDigest[index] { throw .otherModel }
    guard header.dimensions == gallery.dimensions else { throw .otherModel }
    guard header.count <= gallery.capacity else { throw .bufferTooSmall }
    for index in 0..<header.count { _ = try template(index, of: header, bytes) }

    gallery.removeAll()
    for index in 0..<header.count {
      let (name, beatCount, values) = try template(index, of: header, bytes)
      gallery.append(name, beatCount: beatCount, values)
    }
  }

  /// One saved template, checked: the checksum shows that bytes are as they were written, not by whom.
  private static func template(
    _ index: Int, of header: Header, _ bytes: UnsafeRawBufferPointer
  ) throws(Status) -> (PersonName, UInt32, UnsafeRawBufferPointer) {
    let place = headerSize &+ index &* recordSize
    let name = try PersonName(
      saved: UnsafeRawBufferPointer(rebasing: bytes[place..<place &+ PersonName.size]))
    let size = 4 &* header.dimensions
    let start = headerSize &+ header.count &* recordSize &+ index &* size
    let values = UnsafeRawBufferPointer(rebasing: bytes[start..<start &+ size])
    var square = 0.0
    for value in 0..<header.dimensions {
      let number = Double(values.loadUnaligned(fromByteOffset: 4 &* value, as: Float.self))
      square += number * number
    }
    // Not a number is not within these bounds either.
    guard square > 0.999, square < 1.001 else { throw .notAGallery }
    return (name, bytes.loadUnaligned(fromByteOffset: place &+ PersonName.size, as: UInt32.self), values)
  }

  private static func digest(_ bytes: UnsafeRawBufferPointer) -> SHA256.Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }
}
