import ECGCore

/// A model file, read in place: names what `Documentation/WeightFormat.md` says such a file holds. It knows nothing of
/// networks or signals, only where things lie and of what type and shape they are.
///
/// The bytes must start at a multiple of 8 (64 lets vector loads run fastest) and stay where they are for as long as
/// the model file or anything read from it is used.
public struct ModelFile {
  /// The newest version of the format that this reader knows.
  public static var newestFormatVersion: Int { 3 }
  public static var mostLayers: Int { 1024 }
  /// The most bytes of a layer's name, its zero included.
  public static var longestLayerName: Int { 256 }

  public let file: HDF5File
  public let formatVersion: Int
  /// How many persons the network tells apart; 0 when it ends with its embedding.
  public let personCount: Int
  public let layerCount: Int
  /// Rows of 16 integers and of 4 numbers, one of each per layer (`LayerTable` of ECGNetwork).
  public let layerIntegers: UnsafeBufferPointer<Int32>
  public let layerNumbers: UnsafeBufferPointer<Float>
  /// Rank, height, width and channels of one sample (`Shape` of ECGNetwork).
  public let inputShape: (rank: Int32, height: Int32, width: Int32, channels: Int32)
  /// The name of the architecture, zero-terminated.
  public let networkName: UnsafePointer<CChar>

  private let labels: Entry?
  private let layerNames: Entry
  private let weights: HDF5File.Object
  private let group: HDF5File.Object

  /// Checks that it is a model file, that its version is known, and that what every model has is there in the right
  /// type and shape. It does not check the digest (`verifyDigest`), nor whether the layers fit together.
  public init(_ bytes: UnsafeRawBufferPointer) throws(Status) {
    file = try HDF5File(bytes)
    do {
      group = try file.member("ecg", of: file.root)
    } catch {
      // HDF5, but not ours: it has no such group.
      throw error == .missingEntry ? .notAModel : error
    }
    let version = try file.attribute("format_version", of: group).integer()
    guard version >= 1 else { throw .malformed }
    guard version <= Int64(ModelFile.newestFormatVersion) else { throw .formatVersion }
    formatVersion = Int(version)

    do throws(Status) {
      let labels = try file.dataset("labels", of: group)
      personCount = try ModelFile.requireTexts(labels)
      self.labels = labels
    } catch {
      guard error == .missingEntry, version >= 3 else { throw error }
      labels = nil
      personCount = 0
    }
    layerNames = try file.dataset("layer_names", of: group)
    layerCount = try ModelFile.requireTexts(layerNames)
    guard layerCount <= ModelFile.mostLayers, layerNames.elementSize <= ModelFile.longestLayerName else {
      throw .malformed
    }
    let integers = try file.dataset("layers", of: group)
    let numbers = try file.dataset("layer_numbers", of: group)
    guard integers.hasShape(layerCount, 16), numbers.hasShape(layerCount, 4) else { throw .malformed }
    layerIntegers = try integers.int32()
    layerNumbers = try numbers.float32()
    let shape = try file.attribute("input_shape", of: group)
    guard shape.hasShape(4) else { throw .malformed }
    let sizes = try shape.int32()
    inputShape = (sizes[0], sizes[1], sizes[2], sizes[3])
    networkName = try file.attribute("network", of: group).text()
    weights = try file.member("model_weights", of: file.root)
    _ = try digest()
  }

  /// A list of at least one text, each with an end; returns how many.
  private static func requireTexts(_ entry: Entry) throws(Status) -> Int {
    guard entry.element == .string, entry.rank == 1, entry.count > 0 else { throw .malformed }
    for index in 0..<entry.count { _ = try entry.text(index) }
    return entry.count
  }

  /// The person that output `index` of the network stands for: zero-terminated UTF-8, in place.
  public func label(_ index: Int) throws(Status) -> UnsafePointer<CChar> {
    guard let labels else { throw .argument }
    return try labels.text(index)
  }

  /// The layer's name in Keras' files: zero-terminated, in place.
  public func layerName(_ index: Int) throws(Status) -> UnsafePointer<CChar> { try layerNames.text(index) }

  /// A tensor of a layer by Keras' name for it ("kernel", "bias"): `model_weights/<layer>/<layer>/<name>:0`.
  public func parameter(layer: Int, name: StaticString) throws(Status) -> Entry {
    try file.dataset(EntryName(name, suffix: ":0"), of: tensors(of: layer))
  }

  private func tensors(of layer: Int) throws(Status) -> HDF5File.Object {
    let layer = EntryName(try layerName(layer))
    return try file.member(layer, of: file.member(layer, of: weights))
  }

  /// A kernel of 8 bits, in place: [segments][groups][columns][4], and for each column a scale and the sum of its values.
  public struct IntegerKernel {
    public let values: UnsafeBufferPointer<Int8>
    public let scales: UnsafeBufferPointer<Float>
    public let sums: UnsafeBufferPointer<Int32>
  }

  /// The kernel of that shape. Throws `malformed` for another type or shape, and unless every scale is a positive finite
  /// number.
  public func integerKernel(
    layer: Int, name: StaticString, segments: Int, groups: Int, columns: Int
  ) throws(Status) -> IntegerKernel {
    let group = try tensors(of: layer)
    let values = try file.dataset(EntryName(name, suffix: ":0"), of: group)
    let scales = try file.dataset(EntryName(name, suffix: "_scale:0"), of: group)
    let sums = try file.dataset(EntryName(name, suffix: "_sum:0"), of: group)
    guard values.hasShape(rank: 4, (segments, groups, columns, 4)), scales.hasShape(columns), sums.hasShape(columns)
    else { throw .malformed }
    let kernel = IntegerKernel(values: try values.int8(), scales: try scales.float32(), sums: try sums.int32())
    for scale in kernel.scales {
      guard scale > 0, scale < .infinity else { throw .malformed }
    }
    return kernel
  }

  /// A number of the preprocessing configuration; throws `missingEntry` when the file has none of that name.
  public func preprocessing(_ name: StaticString) throws(Status) -> Double {
    let value = try file.attribute(name, of: file.member("preprocessing", of: group)).number()
    guard value.isFinite else { throw .malformed }
    return value
  }

  // MARK: Digest

  private func digest() throws(Status) -> Entry {
    let digest = try file.dataset("digest", of: group)
    guard digest.element == .unsignedInteger, digest.elementSize == 1, digest.hasShape(32) else { throw .malformed }
    return digest
  }

  /// The stored SHA-256 of the whole file, taken with these 32 bytes as zero, in place.
  public func storedDigest() throws(Status) -> UnsafeRawBufferPointer { try digest().bytes }

  /// The SHA-256 that the file's content has now.
  public func contentDigest() throws(Status) -> SHA256.Digest {
    try file.digest(zeroing: digest())
  }

  /// Throws `digest` unless the file's content is, bit for bit, what was written.
  public func verifyDigest() throws(Status) {
    let stored = try storedDigest()
    let actual = try contentDigest()
    for index in 0..<32 where stored[index] != actual[index] { throw .digest }
  }

  // MARK: Known answer

  /// One input of the network and the output that it gave when the file was written.
  public func knownAnswer() throws(Status) -> (input: UnsafeBufferPointer<Float>, output: UnsafeBufferPointer<Float>) {
    let answer = try file.member("known_answer", of: group)
    let output = try file.dataset("output", of: answer)
    guard personCount == 0 ? output.rank == 1 : output.hasShape(personCount) else { throw .malformed }
    return (try file.dataset("input", of: answer).float32(), try output.float32())
  }

  // MARK: Outliers

  /// The outlier reference; throws `noOutlierReference` when the model carries none.
  public func outlierReference() throws(Status) -> OutlierReference {
    let outlier: HDF5File.Object
    do {
      outlier = try file.member("outlier", of: group)
    } catch {
      throw error == .missingEntry ? .noOutlierReference : error
    }
    return try OutlierReference(file, outlier)
  }

  // MARK: Verification

  /// What scores against enrolled people mean; nil when the model was not calibrated.
  public func verification() throws(Status) -> VerificationReference? {
    do {
      return try VerificationReference(file, try file.member("verification", of: group))
    } catch {
      guard error == .missingEntry, !hasMember("verification") else { throw error }
      return nil
    }
  }

  private func hasMember(_ name: StaticString) -> Bool { (try? file.member(name, of: group)) != nil }

  /// The group of texts that say where the model comes from (`HDF5File.attributes(of:)`).
  public func provenance() throws(Status) -> HDF5File.Object { try file.member("provenance", of: group) }
}

extension HDF5File {
  /// The SHA-256 of the whole file, with the bytes of `entry` taken as zero.
  public func digest(zeroing entry: Entry) throws(Status) -> SHA256.Digest {
    guard let place = entry.bytes.baseAddress else { throw .malformed }
    let offset = place - bytes.start
    try bytes.require(offset, entry.bytes.count)
    var hash = SHA256()
    hash.update(try bytes[0, offset])
    var zero: UInt8 = 0
    for _ in 0..<entry.bytes.count {
      withUnsafeBytes(of: &zero) { hash.update($0) }
    }
    let behind = offset &+ entry.bytes.count
    hash.update(try bytes[behind, bytes.count &- behind])
    return hash.finish()
  }
}
