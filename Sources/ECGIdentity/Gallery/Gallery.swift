import CECGKernels
import ECGCore

/// Enrolled people: templates (embeddings of unit length) in a caller's memory, several a person if wanted.
///
/// Templates of one person lie side by side, in the order of their enrolment; people lie in the order of their first
/// one. What is removed is overwritten with zeros, as is all room that is free.
public struct Gallery {
  /// The most values of an embedding.
  public static var mostDimensions: Int { 1 << 16 }
  /// Scores are computed this many templates at a time: the working memory of a search.
  public static var blockCount: Int { 256 }

  /// What a gallery keeps of a template beside its embedding.
  struct Record: BitwiseCopyable {
    var name: PersonName
    var beatCount: UInt32
    var reserved: (UInt32, UInt32, UInt32) = (0, 0, 0)
  }

  /// Templates that there is room for.
  public let capacity: Int
  /// Values in one embedding.
  public let dimensions: Int
  /// Of all that makes an embedding: templates of another model mean nothing to this one.
  public let modelDigest: SHA256.Digest
  /// Templates that there are.
  public private(set) var count = 0
  private let records: UnsafeMutableBufferPointer<Record>
  private let embeddings: UnsafeMutableBufferPointer<Float>

  /// An empty gallery. Throws `argument` for no room, `bufferTooSmall` for a small arena.
  public init(
    capacity: Int, dimensions: Int, modelDigest: SHA256.Digest, arena: inout Arena
  ) throws(Status) {
    guard capacity > 0, capacity <= Int(Int32.max), dimensions > 0, dimensions <= Gallery.mostDimensions else {
      throw .argument
    }
    let (values, overflow) = capacity.multipliedReportingOverflow(by: dimensions)
    guard !overflow else { throw .argument }
    self.capacity = capacity
    self.dimensions = dimensions
    self.modelDigest = modelDigest
    records = try arena.take(Record.self, capacity)
    embeddings = try arena.take(Float.self, values)
    if !arena.isMeasuring { overwrite(from: 0) }
  }

  /// Distinct people.
  public var personCount: Int {
    var people = 0
    for index in 0..<count where index == 0 || !(records[index].name == records[index &- 1].name) { people &+= 1 }
    return people
  }

  public func name(_ index: Int) -> PersonName { records[index].name }

  /// The name of a template's person, zero-terminated and in place until the gallery changes; nil beyond `count`.
  public func nameText(_ index: Int) -> UnsafePointer<CChar>? {
    guard index >= 0, index < count, let start = records.baseAddress else { return nil }
    return UnsafeRawPointer(start + index).assumingMemoryBound(to: CChar.self)
  }

  /// Beats that a template was made from.
  public func beatCount(_ index: Int) -> Int { Int(records[index].beatCount) }

  public func embedding(_ index: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(rebasing: embeddings[index &* dimensions..<(index &+ 1) &* dimensions])
  }

  /// The templates of one person; empty when there are none.
  public func templates(of name: PersonName) -> Range<Int> {
    var first = 0
    while first < count && !(records[first].name == name) { first &+= 1 }
    var end = first
    while end < count && records[end].name == name { end &+= 1 }
    return first..<end
  }

  // MARK: Changing it

  /// Adds a template behind those that this person has. Throws `bufferTooSmall` when there is no room.
  public mutating func enrol(_ name: PersonName, _ mean: MeanEmbedding) throws(Status) {
    guard count < capacity else { throw .bufferTooSmall }
    let place = templates(of: name).upperBound
    // Written behind the others first, where nothing is lost should the mean have no direction.
    let values = UnsafeMutableBufferPointer(rebasing: embeddings[count &* dimensions..<(count &+ 1) &* dimensions])
    do throws(Status) {
      try mean.write(to: values)
    } catch {
      overwrite(from: count)
      throw error
    }
    records[count] = Record(name: name, beatCount: UInt32(clamping: mean.count))
    var index = count
    count &+= 1
    // Few templates lie behind a person's last one in small galleries; large ones move some megabytes.
    while index > place {
      exchange(index, index &- 1)
      index &-= 1
    }
  }

  private func exchange(_ a: Int, _ b: Int) {
    records.swapAt(a, b)
    for value in 0..<dimensions { embeddings.swapAt(a &* dimensions &+ value, b &* dimensions &+ value) }
  }

  /// Removes all templates of a person, whose place is overwritten. Throws `unknownPerson` when there is none.
  public mutating func remove(_ name: PersonName) throws(Status) {
    var removed = templates(of: name)
    guard !removed.isEmpty else { throw .unknownPerson }
    // Once, but for a gallery that another program wrote in another order.
    while !removed.isEmpty {
      closeGap(removed)
      removed = templates(of: name)
    }
  }

  private mutating func closeGap(_ removed: Range<Int>) {
    for index in removed.upperBound..<count {
      let target = index &- removed.count
      records[target] = records[index]
      for value in 0..<dimensions {
        embeddings[target &* dimensions &+ value] = embeddings[index &* dimensions &+ value]
      }
    }
    count &-= removed.count
    overwrite(from: count)
  }

  /// Removes everybody.
  public mutating func removeAll() {
    count = 0
    overwrite(from: 0)
  }

  private func overwrite(from first: Int) {
    guard let records = records.baseAddress, let embeddings = embeddings.baseAddress else { return }
    ecg_overwrite(records + first, (capacity &- first) &* MemoryLayout<Record>.stride)
    ecg_overwrite(embeddings + first &* dimensions, (capacity &- first) &* dimensions &* MemoryLayout<Float>.stride)
  }

  /// Puts a saved template at the end; `GalleryBytes` has checked it.
  mutating func append(_ name: PersonName, beatCount: UInt32, _ values: UnsafeRawBufferPointer) {
    records[count] = Record(name: name, beatCount: beatCount)
    for value in 0..<dimensions {
      embeddings[count &* dimensions &+ value] = values.loadUnaligned(fromByteOffset: 4 &* value, as: Float.self)
    }
    count &+= 1
  }

  // MARK: Searching it

  /// The template that is most like a probe, and their cosine.
  public struct Best: Sendable {
    public var template: Int
    public var score: Float
  }

  /// The template among `candidates` that is most like a probe of unit length; the first of equals. nil when there are
  /// no candidates.
  ///
  /// - Parameter block: working memory for `blockCount` scores.
  public func best(
    _ probe: UnsafeBufferPointer<Float>, among candidates: Range<Int>, block: UnsafeMutableBufferPointer<Float>
  ) throws(Status) -> Best? {
    guard probe.count == dimensions, candidates.lowerBound >= 0, candidates.upperBound <= count,
      block.count >= Gallery.blockCount, let probe = probe.baseAddress, let scores = block.baseAddress,
      let embeddings = embeddings.baseAddress
    else { throw .argument }
    guard !candidates.isEmpty else { return nil }
    var best = Best(template: candidates.lowerBound, score: -.infinity)
    var first = candidates.lowerBound
    while first < candidates.upperBound {
      let size = min(Gallery.blockCount, candidates.upperBound &- first)
      ecg_dot_products(probe, embeddings + first &* dimensions, size, dimensions, scores)
      for index in 0..<size where scores[index] > best.score {
        best = Best(template: first &+ index, score: scores[index])
      }
      first &+= size
    }
    return best
  }
}
