import Foundation

/// A file, or a folder with the names in it.
struct DatasetPlace {
  let url: URL
  /// Nil for a file. Hidden files are left out.
  let entries: [String]?

  init(_ url: URL) throws(RecordError) {
    var isFolder = false
    do {
      isFolder = try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false
      entries =
        isFolder ? try FileManager.default.contentsOfDirectory(atPath: url.path).filter { !$0.hasPrefix(".") } : nil
    } catch {
      let reason = isFolder ? "the folder cannot be listed (check its permissions)" : "there is no such file or folder"
      throw .unreadable(file: url.path, reason: reason)
    }
    self.url = url
  }

  /// A file or folder in the folder.
  func url(_ name: String) -> URL { url.appending(path: name) }

  /// The names of the folders in the folder.
  var folders: [String] {
    (entries ?? []).filter { (try? url($0).resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true }
  }

  /// The names of the WFDB records (header files without `.hea`) in the folder, the segments of other records included.
  var headers: [String] { (entries ?? []).filter { $0.hasSuffix(".hea") }.map { String($0.dropLast(4)) } }

  /// A recording in the folder.
  struct File {
    /// Without an extension, where that is enough to tell it from the others.
    var name: String
    var url: URL
  }

  /// The recordings in the folder: WFDB records, and files of other formats that do not belong to a WFDB record.
  func recordings() -> [File] {
    let headers = headers
    var segments: Set<String> = []
    for name in headers { segments.formUnion(segmentNames(url("\(name).hea"))) }
    var files = headers.filter { !segments.contains($0) }.map { File(name: $0, url: url("\($0).hea")) }

    let records = Set(headers)
    let others = (entries ?? []).filter { isRecording($0, besideRecords: records) }
    let stems = Dictionary(grouping: others, by: stem)
    files += others.map { entry in
      File(name: stems[stem(entry)]?.count == 1 ? stem(entry) : entry, url: url(entry))
    }
    return files
  }

  /// Whether there is a recording in the folder.
  var hasRecordings: Bool {
    let records = Set(headers)
    return !records.isEmpty || (entries ?? []).contains { isRecording($0, besideRecords: []) }
  }

  private func stem(_ entry: String) -> String {
    entry.lastIndex(of: ".").map { String(entry[..<$0]) } ?? entry
  }

  /// Whether a file is a recording of a format other than WFDB. Text may be anything, so it must be called a table; where
  /// there are WFDB records, it is something else.
  private func isRecording(_ entry: String, besideRecords records: Set<String>) -> Bool {
    guard !entry.hasSuffix(".hea"), !records.contains(stem(entry)), let head = try? FileHead(url(entry)) else {
      return false
    }
    guard let format = recordingFormats.first(where: { $0.recognises(head) }) else { return false }
    guard format == TextFormat.self else { return format != WFDBFormat.self }
    return records.isEmpty && ["csv", "tsv", "txt", "asc"].contains(head.fileExtension) && TextFormat.hasNumbers(head)
  }
}

/// The names of the records that a WFDB header of several segments joins ("name/3" in its first line); none for others.
private func segmentNames(_ header: URL) -> [String] {
  guard let head = try? FileHead(header) else { return [] }
  // Nearly all headers are decided by this.
  let slash = UInt8(ascii: "/")
  guard head.bytes.first == UInt8(ascii: "#") || head.bytes.prefix(while: { $0 != 10 }).contains(slash) else {
    return []
  }
  let lines = head.lines.filter { !$0.hasPrefix("#") }
  guard let first = lines.first, first.prefix(while: { !$0.isWhitespace }).contains("/") else { return [] }
  // A long record's segments fill more than a file's head.
  guard let text = try? FileBytes(header.path, atMost: WFDBHeader.maximumSize).text else { return [] }
  return text.split(whereSeparator: \.isNewline).compactMap { line in
    line.split(whereSeparator: \.isWhitespace).first.map(String.init)
  }
}
