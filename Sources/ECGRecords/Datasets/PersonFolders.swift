import Foundation

/// What layouts with a folder for every person share.
extension DatasetPlace {
  /// The recordings in the folders that belong to people, each named as its folder, with the dates that files tell.
  func recordingsByFolder(
    samplingRate: Double?, where isPerson: (String) -> Bool
  ) throws(RecordError) -> [RecordingReference] {
    var references: [RecordingReference] = []
    for person in folders where isPerson(person) {
      for file in try DatasetPlace(url(person)).recordings() {
        // A damaged header is reported when the recording is read.
        let isWFDB = file.url.pathExtension == "hea"
        let date =
          isWFDB
          ? (try? WFDBHeader(contentsOf: file.url))?.date
          : (try? openRecording(file.url, samplingRate: samplingRate))?.date
        references.append(
          RecordingReference(
            person: person, name: file.name, date: date, source: .file(file.url, samplingRate: samplingRate)))
      }
    }
    return references
  }
}

/// Whether `name` is `prefix` with a number behind it.
func isNumbered(_ name: some StringProtocol, _ prefix: String) -> Bool {
  name.hasPrefix(prefix) && name.count > prefix.count
    && name.dropFirst(prefix.count).utf8.allSatisfy { (48...57).contains($0) }
}
