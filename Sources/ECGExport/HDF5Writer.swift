import CHDF5
import Foundation

/// Builds an HDF5 file in memory through libhdf5: groups, datasets and attributes in the subset that the device reads.
///
/// Datasets are contiguous, little-endian and aligned to 64 bytes; nothing depends on the time or the machine, so the
/// same content gives the same bytes. libhdf5 never touches the disk: writing is `AtomicFile`'s part.
///
/// Entries are collected first, then written in two steps: what describes them, as close together as libhdf5 packs it,
/// and behind it the values, each dataset's at a multiple of 64 bytes. libhdf5 aligns both or neither within one step.
final class HDF5Writer {
  /// libhdf5 is not thread-safe as Debian builds it.
  private static let lock = NSLock()
  /// What libhdf5 takes for the file's name: where no file can be, for it opens none in memory that is on the disk, too.
  private static let name = "/dev/null/memory"

  /// Values that are not written yet, to a dataset or an attribute.
  private struct Values {
    let type: hid_t
    /// `nil` is a scalar.
    let sizes: [Int]?
    let write: (hid_t) -> herr_t
  }

  private enum Member {
    case group(Group)
    case dataset(Values)
  }

  private final class Group {
    var attributes: [(name: String, values: Values)] = []
    var members: [String: Member] = [:]

    /// The names in such an order that the nodes in which libhdf5 keeps two of them become full: a node that is split
    /// keeps one, and the next name in sequence finds room beside it.
    var namesToFillNodes: [String] {
      let names = members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      return stride(from: 0, to: names.count, by: 2).map { names[$0] }
        + stride(from: 1, to: names.count, by: 2).map { names[$0] }
    }

    /// The bytes that the names take in a local heap: an empty one, and each with a zero behind it, in multiples of 8.
    /// libhdf5 leaves no gap of 8 bytes, but makes room anew: a last name of 8 bytes needs 16 behind it.
    var namesSize: Int {
      let sizes = namesToFillNodes.map { ($0.utf8.count + 8) / 8 * 8 }
      return 8 + sizes.reduce(0, +) + (sizes.last == 8 ? 16 : 0)
    }
  }

  private let path: String
  private let root = Group()
  /// In the order in which they were asked for, which is that of their values in the file.
  private var datasets: [(name: String, values: Values)] = []
  /// Types that are closed in the end.
  private var types: [hid_t] = []

  /// Builds a file with `build` and returns its bytes. `path` only names the file in errors.
  static func image(
    for path: String, _ build: (HDF5Writer) throws(ExportError) -> Void
  ) throws(ExportError) -> FileImage {
    lock.lock()
    defer { lock.unlock() }
    ecg_h5_silence()
    let writer = HDF5Writer(path: path)
    defer { for type in writer.types { H5Tclose(type) } }
    try build(writer)
    return try writer.withValues(in: writer.structure())
  }

  private init(path: String) { self.path = path }

  private func check(_ succeeded: Bool, _ entry: String) throws(ExportError) {
    guard succeeded else { throw .hdf5(path: path, entry: entry) }
  }

  // MARK: Writing

  /// The file without values of datasets.
  private func structure() throws(ExportError) -> FileImage {
    let creation = H5Pcreate(ecg_h5_file_create())
    defer { H5Pclose(creation) }
    // Nodes of two names, and of up to four nodes: most groups have one to four members.
    try check(H5Pset_sym_k(creation, 2, 1) >= 0 && H5Pset_local_heap_size_hint(creation, root.namesSize) >= 0, "/")
    return try inMemory { (access) throws(ExportError) in
      let file = H5Fcreate(Self.name, ecg_h5_truncate(), creation, access)
      try check(file >= 0, "/")
      defer { H5Fclose(file) }
      let group = H5Gopen2(file, "/", 0)
      try check(group >= 0, "/")
      do {
        defer { H5Gclose(group) }
        try write(root, to: group, "")
      }
      return try image(of: file)
    }
  }

  private func write(_ group: Group, to place: hid_t, _ path: String) throws(ExportError) {
    for (name, values) in group.attributes {
      let space = dataspace(values.sizes)
      defer { H5Sclose(space) }
      let attribute = H5Acreate2(place, name, values.type, space, 0, 0)
      try check(attribute >= 0, "\(path)@\(name)")
      defer { H5Aclose(attribute) }
      try check(values.write(attribute) >= 0, "\(path)@\(name)")
    }
    for name in group.namesToFillNodes {
      let path = path.isEmpty ? name : "\(path)/\(name)"
      switch group.members[name] {
      case .group(let member):
        let creation = H5Pcreate(ecg_h5_group_create())
        defer { H5Pclose(creation) }
        try check(H5Pset_local_heap_size_hint(creation, member.namesSize) >= 0, path)
        let group = H5Gcreate2(place, name, 0, creation, 0)
        try check(group >= 0, path)
        defer { H5Gclose(group) }
        try write(member, to: group, path)
      case .dataset(let values): try create(name, values, in: place, path)
      case nil: continue
      }
    }
  }

  private func create(_ name: String, _ values: Values, in place: hid_t, _ path: String) throws(ExportError) {
    let creation = H5Pcreate(ecg_h5_dataset_create())
    defer { H5Pclose(creation) }
    try check(
      H5Pset_layout(creation, H5D_CONTIGUOUS) >= 0 && H5Pset_obj_track_times(creation, false) >= 0
        && H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER) >= 0
        // No room for attributes.
        && H5Pset_dset_no_attrs_hint(creation, true) >= 0, path)
    let space = dataspace(values.sizes)
    defer { H5Sclose(space) }
    let dataset = H5Dcreate2(place, name, values.type, space, 0, creation, 0)
    try check(dataset >= 0, path)
    H5Dclose(dataset)
  }

  /// The file with the values of its datasets.
  private func withValues(in structure: FileImage) throws(ExportError) -> FileImage {
    try inMemory { (access) throws(ExportError) in
      try check(
        H5Pset_file_image(access, structure.bytes.baseAddress, structure.bytes.count) >= 0
          && H5Pset_alignment(access, 1, 64) >= 0 && H5Pset_small_data_block_size(access, 0) >= 0, "/")
      let file = H5Fopen(Self.name, ecg_h5_read_write(), access)
      try check(file >= 0, "/")
      defer { H5Fclose(file) }
      for (name, values) in datasets {
        let dataset = H5Dopen2(file, name, 0)
        try check(dataset >= 0, name)
        defer { H5Dclose(dataset) }
        try check(values.write(dataset) >= 0, name)
      }
      return try image(of: file)
    }
  }

  /// Runs `body` with the properties of a file that lies in memory, growing by 1 MiB.
  private func inMemory(_ body: (hid_t) throws(ExportError) -> FileImage) throws(ExportError) -> FileImage {
    let access = H5Pcreate(ecg_h5_file_access())
    defer { H5Pclose(access) }
    try check(H5Pset_fapl_core(access, 1 << 20, false) >= 0, "/")
    return try body(access)
  }

  private func image(of file: hid_t) throws(ExportError) -> FileImage {
    try check(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0, "/")
    let size = H5Fget_file_image(file, nil, 0)
    try check(size > 0, "/")
    let image = FileImage(size: size)
    try check(H5Fget_file_image(file, image.bytes.baseAddress, size) == size, "/")
    return image
  }

  // MARK: Groups

  /// Makes a group and those above it; one that is there already is left alone.
  func group(_ name: String) throws(ExportError) { _ = try member(name) }

  private func member(_ name: some StringProtocol) throws(ExportError) -> Group {
    var group = root
    for component in name.split(separator: "/") {
      switch group.members[String(component)] {
      case .group(let member): group = member
      case .dataset: throw .hdf5(path: path, entry: String(name))
      case nil:
        let member = Group()
        group.members[String(component)] = .group(member)
        group = member
      }
    }
    return group
  }

  // MARK: Datasets

  func dataset(_ name: String, _ values: [Float], _ sizes: [Int]) throws(ExportError) {
    try dataset(name, ecg_h5_float32(), values, sizes)
  }
  func dataset(_ name: String, _ values: [Double], _ sizes: [Int]) throws(ExportError) {
    try dataset(name, ecg_h5_float64(), values, sizes)
  }
  func dataset(_ name: String, _ values: [Int32], _ sizes: [Int]) throws(ExportError) {
    try dataset(name, ecg_h5_int32(), values, sizes)
  }
  func dataset(_ name: String, _ values: [Int64], _ sizes: [Int]) throws(ExportError) {
    try dataset(name, ecg_h5_int64(), values, sizes)
  }
  func dataset(_ name: String, _ values: [UInt8], _ sizes: [Int]) throws(ExportError) {
    try dataset(name, ecg_h5_uint8(), values, sizes)
  }

  func dataset(_ name: String, _ values: [Int8], _ sizes: [Int]) throws(ExportError) {
    try dataset(name, ecg_h5_int8(), values, sizes)
  }
  func dataset(_ name: String, _ values: [Float16], _ sizes: [Int]) throws(ExportError) {
    try dataset(name, closedInTheEnd(ecg_h5_float16()), values, sizes)
  }

  /// Texts of one fixed length, zero-terminated.
  func dataset(_ name: String, _ texts: [String]) throws(ExportError) {
    let (bytes, length) = try fields(name, texts)
    try dataset(name, stringType(length), bytes, [texts.count], bytesPerValue: length)
  }

  private func dataset<T: BitwiseCopyable>(
    _ name: String, _ type: hid_t, _ values: [T], _ sizes: [Int], bytesPerValue: Int = MemoryLayout<T>.size
  ) throws(ExportError) {
    let count = sizes.reduce(1, *)
    guard values.count * MemoryLayout<T>.size == count * bytesPerValue else {
      throw .content("“\(name)” has \(values.count) values, its shape \(sizes) asks for \(count)")
    }
    let values = Values(type: type, sizes: sizes) { dataset in
      count == 0 ? 0 : values.withUnsafeBytes { H5Dwrite(dataset, type, 0, 0, 0, $0.baseAddress) }
    }
    let slash = name.lastIndex(of: "/")
    let group = try member(name[..<(slash ?? name.startIndex)])
    let last = String(slash.map { name[name.index(after: $0)...] } ?? name[...])
    try check(group.members.updateValue(.dataset(values), forKey: last) == nil, name)
    datasets.append((name, values))
  }

  // MARK: Attributes of a group ("/" is the root)

  func attribute(_ name: String, of object: String, _ value: Double) throws(ExportError) {
    try attribute(name, of: object, ecg_h5_float64(), [value], nil)
  }
  func attribute(_ name: String, of object: String, _ value: Int32) throws(ExportError) {
    try attribute(name, of: object, ecg_h5_int32(), [value], nil)
  }
  func attribute(_ name: String, of object: String, _ values: [Int32]) throws(ExportError) {
    try attribute(name, of: object, ecg_h5_int32(), values, [values.count])
  }

  /// One text.
  func attribute(_ name: String, of object: String, _ text: String) throws(ExportError) {
    let (bytes, length) = try fields(name, [text])
    try attribute(name, of: object, stringType(length), bytes, nil)
  }

  /// One text of any length: it lies outside the object's header, where the device's reader does not look.
  func longAttribute(_ name: String, of object: String, _ text: String) throws(ExportError) {
    guard !text.utf8.contains(0) else { throw .content("a text of “\(name)” contains a zero character") }
    let type = closedInTheEnd(H5Tcopy(ecg_h5_string()))
    H5Tset_size(type, ecg_h5_variable())
    H5Tset_cset(type, H5T_CSET_UTF8)
    let values = Values(type: type, sizes: nil) { attribute in
      text.withCString { withUnsafePointer(to: $0) { H5Awrite(attribute, type, $0) } }
    }
    try member(object).attributes.append((name, values))
  }

  /// Texts of one fixed length, zero-terminated.
  func attribute(_ name: String, of object: String, _ texts: [String]) throws(ExportError) {
    let (bytes, length) = try fields(name, texts)
    try attribute(name, of: object, stringType(length), bytes, [texts.count])
  }

  private func attribute<T: BitwiseCopyable>(
    _ name: String, of object: String, _ type: hid_t, _ values: [T], _ sizes: [Int]?
  ) throws(ExportError) {
    let entry = "\(object)@\(name)"
    // An attribute lies in its object's header, whose messages end at 64 KiB.
    guard values.count * MemoryLayout<T>.size < 64_000 else {
      throw .content("“\(entry)” is too long for an HDF5 attribute (\(values.count * MemoryLayout<T>.size) bytes)")
    }
    let values = Values(type: type, sizes: sizes) { attribute in
      values.isEmpty ? 0 : values.withUnsafeBytes { H5Awrite(attribute, type, $0.baseAddress) }
    }
    try member(object).attributes.append((name, values))
  }

  // MARK: Helpers

  /// The shape, or a scalar for `nil`.
  private func dataspace(_ sizes: [Int]?) -> hid_t {
    guard let sizes else { return H5Screate(H5S_SCALAR) }
    return H5Screate_simple(Int32(sizes.count), sizes.map { hsize_t($0) }, nil)
  }

  private func closedInTheEnd(_ type: hid_t) -> hid_t {
    types.append(type)
    return type
  }

  private func stringType(_ length: Int) -> hid_t {
    let type = closedInTheEnd(H5Tcopy(ecg_h5_string()))
    H5Tset_size(type, length)
    H5Tset_strpad(type, H5T_STR_NULLTERM)
    H5Tset_cset(type, H5T_CSET_UTF8)
    return type
  }

  /// The texts' UTF-8 in fields of one length, each with at least one zero behind it.
  private func fields(_ name: String, _ texts: [String]) throws(ExportError) -> (bytes: [UInt8], length: Int) {
    let length = (texts.map(\.utf8.count).max() ?? 0) + 1
    var bytes = [UInt8](repeating: 0, count: length * texts.count)
    for (index, text) in texts.enumerated() {
      guard !text.utf8.contains(0) else { throw .content("a text of “\(name)” contains a zero character") }
      bytes.replaceSubrange(index * length..<index * length + text.utf8.count, with: text.utf8)
    }
    return (bytes, length)
  }
}
