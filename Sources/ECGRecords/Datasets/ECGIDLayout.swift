import Foundation

/// The ECG-ID database (Lugovaya 2005, PhysioNet): `Person_NN/rec_M.hea`, the date in the header's comments.
enum ECGIDLayout: LayoutReader {
  static let expected = "folders Person_NN with records rec_M"

  static func recognises(_ place: DatasetPlace) -> Bool { (place.entries ?? []).contains(where: isPerson) }

  static func recordings(at place: DatasetPlace) throws(RecordError) -> [RecordingReference] {
    var references: [RecordingReference] = []
    for person in (place.entries ?? []).filter(isPerson) {
      let folder = try DatasetPlace(place.url.appending(path: person))
      for name in folder.records {
        let header = folder.url.appending(path: "\(name).hea")
        // A damaged header is reported when the recording is read.
        let date = try? WFDBHeader(contentsOf: header).date
        references.append(
          RecordingReference(person: person, name: name, date: date, source: .file(header, samplingRate: nil)))
      }
    }
    return references
  }

  private static func isPerson(_ name: String) -> Bool {
    name.hasPrefix("Person_") && Int(name.dropFirst("Person_".count)) != nil
  }
}
