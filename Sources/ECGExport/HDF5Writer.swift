import CHDF5
import Foundation

/// Builds an HDF5 file in memory through libhdf5: groups, datasets and attributes in the subset that the device reads.
///
/// Datasets are contiguous, little-endian and aligned to 64 bytes; nothing depends on the time or the machine, so the
/// same content gives the same bytes. libhdf5 never touches the disk: writing is `AtomicFile`'s part.
final class HDF5Writer {
  /// libhdf5 is not thread-safe as Debian builds it.
  private static let lock = NSLock()

  private let path: String
  private var file: hid_t = -1
  private let creation: hid_t
  private var groups: Set<String> = []

  /// Builds a file with `build` and returns its bytes. `path` only names the file in errors.
  static func image(
    for path: String, _ build: (HDF5Writer) throws(ExportError) -> Void
  ) throws(ExportError) -> FileImage {
    lock.lock()
    defer { lock.unlock() }
    let writer = try HDF5Writer(path: path)
    defer { writer.close() }
    try build(writer)
    return try writer.image()
  }

  private init(path: String) throws(ExportError) {
    self.path = path
    ecg_h5_silence()
    let access = H5Pcreate(ecg_h5_file_access())
    defer { H5Pclose(access) }
    creation = H5Pcreate(ecg_h5_dataset_create())
    // In memory, growing by 1 MiB; every piece at a multiple of 64 bytes.
    guard access >= 0, creation >= 0, H5Pset_fapl_core(access, 1 << 20, false) >= 0,
      H5Pset_alignment(access, 1, 64) >= 0,
      H5Pset_small_data_block_size(access, 0) >= 0, H5Pset_layout(creation, H5D_CONTIGUOUS) >= 0,
      H5Pset_obj_track_times(creation, false) >= 0, H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER) >= 0
    else { throw .hdf5(path: path, entry: "/") }
    file = H5Fcreate(path, ecg_h5_truncate(), 0, access)
    guard file >= 0 else { throw .hdf5(path: path, entry: "/") }
  }

  private func close() {
    H5Pclose(creation)
    H5Fclose(file)
  }

  private func image() throws(ExportError) -> FileImage {
    guard H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 else { throw .hdf5(path: path, entry: "/") }
    let size = H5Fget_file_image(file, nil, 0)
    guard size > 0 else { throw .hdf5(path: path, entry: "/") }
    let image = FileImage(size: size)
    guard H5Fget_file_image(file, image.bytes.baseAddress, size) == size else { throw .hdf5(path: path, entry: "/") }
    return image
  }

  // MARK: Groups

  /// Makes a group and those above it; one that is there already is left alone.
  func group(_ name: String) throws(ExportError) {
    var prefix = ""
    for component in name.split(separator: "/") {
      prefix += prefix.isEmpty ? component : "/\(component)"
      guard groups.insert(prefix).inserted else { continue }
      let group = H5Gcreate2(file, prefix, 0, 0, 0)
      guard group >= 0 else { throw .hdf5(path: path, entry: prefix) }
      H5Gclose(group)
    }
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
    let type = ecg_h5_float16()
    defer { H5Tclose(type) }
    try dataset(name, type, values, sizes)
  }

  /// Texts of one fixed length, zero-terminated.
  func dataset(_ name: String, _ texts: [String]) throws(ExportError) {
    let (bytes, length) = try fields(name, texts)
    let type = stringType(length)
    defer { H5Tclose(type) }
    try dataset(name, type, bytes, [texts.count], bytesPerValue: length)
  }

  private func dataset<T: BitwiseCopyable>(
    _ name: String, _ type: hid_t, _ values: [T], _ sizes: [Int], bytesPerValue: Int = MemoryLayout<T>.size
  ) throws(ExportError) {
    let count = sizes.reduce(1, *)
    guard values.count * MemoryLayout<T>.size == count * bytesPerValue else {
      throw .content("“\(name)” has \(values.count) values, its shape \(sizes) asks for \(count)")
    }
    if let slash = name.lastIndex(of: "/") { try group(String(name[..<slash])) }
    let space = dataspace(sizes)
    defer { H5Sclose(space) }
    let dataset = H5Dcreate2(file, name, type, space, 0, creation, 0)
    guard dataset >= 0 else { throw .hdf5(path: path, entry: name) }
    defer { H5Dclose(dataset) }
    guard count == 0 || values.withUnsafeBytes({ H5Dwrite(dataset, type, 0, 0, 0, $0.baseAddress) }) >= 0 else {
      throw .hdf5(path: path, entry: name)
    }
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
    let type = stringType(length)
    defer { H5Tclose(type) }
    try attribute(name, of: object, type, bytes, nil)
  }

  /// One text of any length: it lies outside the object's header, where the device's reader does not look.
  func longAttribute(_ name: String, of object: String, _ text: String) throws(ExportError) {
    guard !text.utf8.contains(0) else { throw .content("a text of “\(name)” contains a zero character") }
    let type = H5Tcopy(ecg_h5_string())
    defer { H5Tclose(type) }
    H5Tset_size(type, ecg_h5_variable())
    H5Tset_cset(type, H5T_CSET_UTF8)
    let place = strdup(text)
    defer { free(place) }
    try attribute(name, of: object, type, [UInt(bitPattern: place)], nil)
  }

  /// Texts of one fixed length, zero-terminated.
  func attribute(_ name: String, of object: String, _ texts: [String]) throws(ExportError) {
    let (bytes, length) = try fields(name, texts)
    let type = stringType(length)
    defer { H5Tclose(type) }
    try attribute(name, of: object, type, bytes, [texts.count])
  }

  private func attribute<T: BitwiseCopyable>(
    _ name: String, of object: String, _ type: hid_t, _ values: [T], _ sizes: [Int]?
  ) throws(ExportError) {
    let entry = "\(object)@\(name)"
    // An attribute lies in its object's header, whose messages end at 64 KiB.
    guard values.count * MemoryLayout<T>.size < 64_000 else {
      throw .content("“\(entry)” is too long for an HDF5 attribute (\(values.count * MemoryLayout<T>.size) bytes)")
    }
    if object != "/" { try group(object) }
    let space = dataspace(sizes)
    defer { H5Sclose(space) }
    let owner = H5Oopen(file, object, 0)
    guard owner >= 0 else { throw .hdf5(path: path, entry: entry) }
    defer { H5Oclose(owner) }
    let attribute = H5Acreate2(owner, name, type, space, 0, 0)
    guard attribute >= 0 else { throw .hdf5(path: path, entry: entry) }
    defer { H5Aclose(attribute) }
    guard values.isEmpty || values.withUnsafeBytes({ H5Awrite(attribute, type, $0.baseAddress) }) >= 0 else {
      throw .hdf5(path: path, entry: entry)
    }
  }

  // MARK: Helpers

  /// The shape, or a scalar for `nil`.
  private func dataspace(_ sizes: [Int]?) -> hid_t {
    guard let sizes else { return H5Screate(H5S_SCALAR) }
    return H5Screate_simple(Int32(sizes.count), sizes.map { hsize_t($0) }, nil)
  }

  private func stringType(_ length: Int) -> hid_t {
    let type = H5Tcopy(ecg_h5_string())
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
