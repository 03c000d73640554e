import Foundation

/// A folder of WFDB records in which every record is taken for another person, named as the record.
enum OnePersonPerRecordLayout: LayoutReader {
  static let expected = "WFDB headers (.hea)"

  static func recognises(_ place: DatasetPlace) -> Bool { !place.records.isEmpty }

  static func recordings(at place: DatasetPlace) throws(RecordError) -> [RecordingReference] {
    place.records.map { name in
      RecordingReference(
        person: name, name: name, source: .file(place.url.appending(path: "\(name).hea"), samplingRate: nil))
    }
  }
}
