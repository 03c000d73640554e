import Foundation

/// How a place on disk tells whose recordings it holds. The raw values are the names that people type.
public enum DatasetLayout: String, Sendable, CaseIterable {
  /// Found out from what is there.
  case automatic
  /// The ECG-ID database: a folder per person (`Person_NN`), the date in the headers.
  case ecgID = "ecg-id"
  /// The PTB Diagnostic database: a folder per person (`patientNNN`), the date in the headers.
  case ptbDiagnostic = "ptb-diagnostic"
  /// PTB-XL: `ptbxl_database.csv` names people, dates and files.
  case ptbXL = "ptb-xl"
  /// The MIT-BIH Arrhythmia Database: a person per record, but for one who has two.
  case mitBIH = "mit-bih"
  /// A CSV file that lists person, recording and path.
  case manifest
  /// A folder of recordings, each from another person, as in CinC 2017 and CPSC 2018.
  case onePersonPerRecord = "one-person-per-record"
  /// A folder for every person, whatever it is called.
  case folderPerPerson = "folder-per-person"

  /// One line for messages.
  public var summary: String {
    switch self {
    case .automatic: "found out from what is there"
    case .ecgID: "folders Person_NN with records"
    case .ptbDiagnostic: "folders patientNNN with records"
    case .ptbXL: "ptbxl_database.csv with the folders beside it"
    case .mitBIH: "records 100 to 234 of the MIT-BIH Arrhythmia Database"
    case .onePersonPerRecord: "recordings in a folder, or in folders below it, each from another person"
    case .folderPerPerson: "a folder per person, whatever it is called; only when chosen"
    case .manifest: "a CSV file with the columns person,recording,path"
    }
  }

  fileprivate var reader: (any LayoutReader.Type)? {
    switch self {
    case .automatic: nil
    case .ecgID: ECGIDLayout.self
    case .ptbDiagnostic: PTBDiagnosticLayout.self
    case .ptbXL: PTBXLLayout.self
    case .mitBIH: MITBIHLayout.self
    case .onePersonPerRecord: OnePersonPerRecordLayout.self
    case .folderPerPerson: FolderPerPersonLayout.self
    case .manifest: ManifestLayout.self
    }
  }
}

/// One layout: one type, in a file of its own.
protocol LayoutReader {
  /// Whether the place looks like this layout.
  static func recognises(_ place: DatasetPlace) -> Bool
  /// What is missing when `list` finds none.
  static var expected: String { get }
  /// - Parameter samplingRate: hertz, for files that do not carry it.
  static func list(_ place: DatasetPlace, samplingRate: Double?) throws(RecordError) -> DatasetListing
}

/// What a layout finds at a place.
struct DatasetListing {
  var recordings: [RecordingReference] = []
  /// What people should know of it: files that are not there, say.
  var remarks: [String] = []
}

/// Lists the recordings of a data set without reading their samples.
///
/// - Parameters:
///   - url: a folder, a manifest file, or a single recording.
///   - samplingRate: hertz, for files that do not carry it. PTB-XL has every recording at 500 and at 100 Hz; this chooses
///     (500 when it is nil).
/// - Throws: `RecordError.unknownLayout` when `layout` is automatic and none fits; `.noRecordings`, `.unreadable`,
///   `.missingColumns` or `.badManifest`.
public func openDataset(
  at url: URL, layout: DatasetLayout = .automatic, samplingRate: Double? = nil
) throws(RecordError) -> Dataset {
  let place = try DatasetPlace(headerOrItself(url))
  let readers = DatasetLayout.allCases.compactMap(\.reader)
  guard let reader = layout.reader ?? readers.first(where: { $0.recognises(place) }) else {
    guard place.entries != nil else {
      throw .unknownFormat(file: shortName(url.path), known: recordingFormats.map { $0.name })
    }
    let known = DatasetLayout.allCases.map { "\($0.rawValue): \($0.summary)" }
    throw .unknownLayout(place: url.path, folders: place.folders.sorted(by: inNaturalOrder), known: known)
  }
  let listing = try reader.list(place, samplingRate: samplingRate)
  guard !listing.recordings.isEmpty else { throw .noRecordings(place: url.path, expected: reader.expected) }
  return Dataset(name: url.lastPathComponent, recordings: listing.recordings, remarks: listing.remarks)
}
