import Foundation

/// Recordings of any format, every one taken for another person, named as the file; in the folder itself or, where there
/// are none, in the folders below it. CinC 2017 (`A00001` …) and CPSC 2018 (`A0001` …, or `g1/A0001` …) look like this,
/// and so does a single file.
enum OnePersonPerRecordLayout: LayoutReader {
  static let expected = "recordings (WFDB headers, EDF, MATLAB v4, NumPy, tables of numbers)"

  static func recognises(_ place: DatasetPlace) -> Bool {
    guard place.entries != nil else { return isRecording(place.url) }
    return place.hasRecordings || isDivided(place)
  }

  /// Whether the folder is one of those that a collection was divided into only because of its size: `g1` … `g7` of CPSC
  /// 2018, `A00` … `A08` of CinC 2017.
  private static func isDivided(_ place: DatasetPlace) -> Bool {
    let folders = place.folders
    return !folders.isEmpty
      && folders.allSatisfy { isNumbered($0, "g") || isNumbered($0, "A") || $0.hasPrefix("training") }
  }

  /// A file that is a recording and not a manifest.
  private static func isRecording(_ url: URL) -> Bool {
    guard let head = try? FileHead(url), let format = recordingFormats.first(where: { $0.recognises(head) }) else {
      return false
    }
    return format != TextFormat.self || TextFormat.hasNumbers(head)
  }

  static func list(_ place: DatasetPlace, samplingRate: Double?) throws(RecordError) -> DatasetListing {
    guard place.entries != nil else {
      let name = place.url.deletingPathExtension().lastPathComponent
      return DatasetListing(recordings: [reference(name, place.url, samplingRate)])
    }
    let files = try files(place, below: "", depth: 0)
    let names = Dictionary(grouping: files, by: \.file.name)
    return DatasetListing(
      recordings: files.map { folder, file in
        reference(names[file.name]?.count == 1 ? file.name : folder + file.name, file.url, samplingRate)
      })
  }

  private static func files(
    _ place: DatasetPlace, below folder: String, depth: Int
  ) throws(RecordError) -> [(folder: String, file: DatasetPlace.File)] {
    let here = place.recordings()
    // Links may lead round in circles.
    guard here.isEmpty, depth < 8 else { return here.map { (folder, $0) } }
    var found: [(folder: String, file: DatasetPlace.File)] = []
    for name in place.folders {
      found += try files(DatasetPlace(place.url(name)), below: "\(folder)\(name)/", depth: depth + 1)
    }
    return found
  }

  private static func reference(_ name: String, _ url: URL, _ samplingRate: Double?) -> RecordingReference {
    RecordingReference(person: name, name: name, source: .file(url, samplingRate: samplingRate))
  }
}
