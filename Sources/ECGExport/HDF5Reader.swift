import ECGCore
import ECGModelFile
import Foundation

/// Reads entries by path from a file in the device's HDF5 subset into arrays and strings, with errors that name the file
/// and the entry.
struct HDF5Reader {
  let path: String
  private let bytes: MappedFile
  let file: HDF5File

  init(_ url: URL) throws(ExportError) {
    path = url.path
    bytes = try MappedFile(url)
    do throws(Status) {
      file = try HDF5File(bytes.content)
    } catch {
      throw .damaged(path, "", error)
    }
  }

  /// Runs `body`; a `Status` becomes an error that names `entry`.
  func reading<T>(_ entry: String, _ body: () throws(Status) -> T) throws(ExportError) -> T {
    do throws(Status) {
      return try body()
    } catch {
      throw .damaged(path, entry, error)
    }
  }

  func damaged(_ entry: String, _ reason: String) -> ExportError {
    .damaged(path: path, entry: entry, reason: reason)
  }

  private func object(_ components: some Sequence<Substring>) throws(Status) -> HDF5File.Object {
    var object = file.root
    for component in components { object = try file.member(component, of: object) }
    return object
  }

  func group(_ name: String) throws(ExportError) -> HDF5File.Object {
    try reading(name) { () throws(Status) in try object(name.split(separator: "/")) }
  }

  /// Whether there is a dataset of that name, damaged or not.
  func has(_ name: String) -> Bool {
    do throws(Status) {
      _ = try object(name.split(separator: "/"))
      return true
    } catch {
      return error != .missingEntry
    }
  }

  func dataset(_ name: String) throws(ExportError) -> Entry {
    try reading(name) { () throws(Status) in
      let components = name.split(separator: "/")
      guard let last = components.last else { throw .missingEntry }
      let group = try object(components.dropLast())
      return try file.dataset(last, of: group)
    }
  }

  func attribute(_ name: String, of object: String) throws(ExportError) -> Entry {
    let owner = try group(object)
    return try reading("\(object)@\(name)") { () throws(Status) in
      try withEntryName(Substring(name)) { (name) throws(Status) in try file.attribute(name, of: owner) }
    }
  }

  func text(_ name: String, of object: String) throws(ExportError) -> String {
    let entry = try attribute(name, of: object)
    return try reading("\(object)@\(name)") { () throws(Status) in String(cString: try entry.text()) }
  }

  func number(_ name: String, of object: String) throws(ExportError) -> Double {
    let entry = try attribute(name, of: object)
    return try reading("\(object)@\(name)") { () throws(Status) in try entry.number() }
  }

  func integer(_ name: String, of object: String) throws(ExportError) -> Int {
    let entry = try attribute(name, of: object)
    return try reading("\(object)@\(name)") { () throws(Status) in Int(try entry.integer()) }
  }

  func texts(_ name: String) throws(ExportError) -> [String] {
    let entry = try dataset(name)
    return try reading(name) { () throws(Status) in try texts(entry) }
  }

  func texts(_ entry: Entry) throws(Status) -> [String] {
    var texts: [String] = []
    for index in 0..<entry.count { texts.append(String(cString: try entry.text(index))) }
    return texts
  }

  /// The texts of an attribute, of whatever length; one for a scalar.
  func attributeTexts(_ name: String, of object: String) throws(ExportError) -> [String] {
    let owner = try group(object)
    return try reading("\(object)@\(name)") { () throws(Status) in
      try withEntryName(Substring(name)) { (name) throws(Status) in try file.texts(name, of: owner) }
    }
  }

  /// Whether there is an attribute of that name, damaged or not.
  func hasAttribute(_ name: String, of object: String) -> Bool {
    do throws(Status) {
      let owner = try self.object(object.split(separator: "/"))
      _ = try withEntryName(Substring(name)) { (name) throws(Status) in try file.attribute(name, of: owner) }
      return true
    } catch {
      return error != .missingEntry
    }
  }

  /// All attributes of a group that are one number each.
  func numbers(of object: String) throws(ExportError) -> [(name: String, value: Double)] {
    let owner = try group(object)
    return try reading(object) { () throws(Status) in
      var values: [(name: String, value: Double)] = []
      var attributes = try file.attributes(of: owner)
      while let (name, entry) = try attributes.next() { values.append((String(cString: name), try entry.number())) }
      return values
    }
  }

  /// All attributes of a group that are one text each.
  func texts(of object: String) throws(ExportError) -> [(name: String, text: String)] {
    let owner = try group(object)
    return try reading(object) { () throws(Status) in
      var values: [(name: String, text: String)] = []
      var attributes = try file.attributes(of: owner)
      while let (name, entry) = try attributes.next() {
        values.append((String(cString: name), String(cString: try entry.text())))
      }
      return values
    }
  }
}

extension HDF5File {
  fileprivate func member(_ name: Substring, of group: Object) throws(Status) -> Object {
    try withEntryName(name) { (name) throws(Status) in try member(name, of: group) }
  }

  fileprivate func dataset(_ name: Substring, of group: Object) throws(Status) -> Entry {
    try withEntryName(name) { (name) throws(Status) in try dataset(name, of: group) }
  }
}

private func withEntryName<T>(_ name: Substring, _ body: (EntryName) throws(Status) -> T) throws(Status) -> T {
  let bytes = UnsafeMutableBufferPointer<CChar>.allocate(capacity: name.utf8.count + 1)
  defer { bytes.deallocate() }
  var count = 0
  for byte in name.utf8 {
    bytes[count] = CChar(bitPattern: byte)
    count += 1
  }
  bytes[count] = 0
  return try body(EntryName(UnsafePointer(bytes.baseAddress!)))
}

extension SHA256.Digest {
  /// Lower-case hexadecimal digits, as `sha256sum` prints them.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef")
    var text = ""
    for index in 0..<32 {
      text.append(digits[Int(self[index] >> 4)])
      text.append(digits[Int(self[index] & 15)])
    }
    return text
  }
}
