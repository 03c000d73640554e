/// A folder for every person, named as they are. Folders may as well be parts of a collection, so somebody has to say
/// that they are people.
enum FolderPerPersonLayout: LayoutReader {
  static let expected = "folders with recordings"

  static func recognises(_ place: DatasetPlace) -> Bool { false }

  static func list(_ place: DatasetPlace, samplingRate: Double?) throws(RecordError) -> DatasetListing {
    DatasetListing(recordings: try place.recordingsByFolder(samplingRate: samplingRate) { _ in true })
  }
}
