/// The ECG-ID database (Lugovaya 2005, PhysioNet): `Person_NN/rec_M.hea`, the date in the header's comments.
enum ECGIDLayout: LayoutReader {
  static let expected = "folders Person_NN with records rec_M"

  static func recognises(_ place: DatasetPlace) -> Bool { (place.entries ?? []).contains(where: isPerson) }

  static func list(_ place: DatasetPlace, samplingRate: Double?) throws(RecordError) -> DatasetListing {
    DatasetListing(recordings: try place.recordingsByFolder(samplingRate: samplingRate, where: isPerson))
  }

  private static func isPerson(_ name: String) -> Bool { isNumbered(name, "Person_") }
}
