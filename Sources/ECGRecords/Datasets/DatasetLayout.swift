import Foundation

/// How a place on disk tells whose recordings it holds. The raw values are the names that people type.
public enum DatasetLayout: String, Sendable, CaseIterable {
  /// Found out from what is there.
  case automatic
  /// The ECG-ID database: a folder per person (`Person_NN`), with one WFDB record per recording (`rec_M`).
  case ecgID = "ecg-id"
  /// A folder of WFDB records, each from another person, as in CinC 2017 and CPSC 2018.
  case onePersonPerRecord = "one-person-per-record"
  /// A CSV file that lists person, recording and path.
  case manifest

  /// One line for messages.
  public var summary: String {
    switch self {
    case .automatic: "found out from what is there"
    case .ecgID: "folders Person_NN with WFDB records (ecg-id)"
    case .onePersonPerRecord: "a folder of WFDB records, one person each (one-person-per-record)"
    case .manifest: "a CSV file with the columns person,recording,path (manifest)"
    }
  }

  fileprivate var reader: (any LayoutReader.Type)? {
    switch self {
    case .automatic: nil
    case .ecgID: ECGIDLayout.self
    case .onePersonPerRecord: OnePersonPerRecordLayout.self
    case .manifest: ManifestLayout.self
    }
  }
}

/// One layout: one type, in a file of its own.
protocol LayoutReader {
  /// Whether the place looks like this layout, judged from the names alone.
  static func recognises(_ place: DatasetPlace) -> Bool
  /// What is missing when `recordings` finds none.
  static var expected: String { get }
  static func recordings(at place: DatasetPlace) throws(RecordError) -> [RecordingReference]
}

/// A file, or a folder with the names in it.
struct DatasetPlace {
  let url: URL
  /// Nil for a file.
  let entries: [String]?

  init(_ url: URL) throws(RecordError) {
    var isFolder = false
    do {
      isFolder = try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false
      entries = isFolder ? try FileManager.default.contentsOfDirectory(atPath: url.path) : nil
    } catch {
      let reason = isFolder ? "the folder cannot be listed (check its permissions)" : "there is no such file or folder"
      throw .unreadable(file: url.path, reason: reason)
    }
    self.url = url
  }

  /// The record names (header files without `.hea`) in the folder.
  var records: [String] {
    (entries ?? []).filter { $0.hasSuffix(".hea") && !$0.hasPrefix(".") }.map { String($0.dropLast(4)) }
  }
}

/// Lists the recordings of a data set without reading their samples.
///
/// - Parameters:
///   - url: a folder, or a manifest file.
/// - Throws: `RecordError.unknownLayout` when `layout` is automatic and none fits; `.noRecordings`, `.unreadable` or
///   `.badManifest`.
public func openDataset(at url: URL, layout: DatasetLayout = .automatic) throws(RecordError) -> Dataset {
  let place = try DatasetPlace(url)
  let readers = DatasetLayout.allCases.compactMap(\.reader)
  guard let reader = layout.reader ?? readers.first(where: { $0.recognises(place) }) else {
    let known = DatasetLayout.allCases.filter { $0 != .automatic }.map(\.summary)
    throw .unknownLayout(place: url.path, known: known)
  }
  let recordings = try reader.recordings(at: place)
  guard !recordings.isEmpty else { throw .noRecordings(place: url.path, expected: reader.expected) }
  return Dataset(name: url.lastPathComponent, recordings: recordings)
}
