/// The PTB Diagnostic ECG Database (Bousseljot et al. 1995, PhysioNet): `patientNNN/sNNNN_re.hea` with 15 leads at
/// 1,000 Hz; the date in the header's comments ("ECG date: 01/10/1990").
enum PTBDiagnosticLayout: LayoutReader {
  static let expected = "folders patientNNN with records"

  static func recognises(_ place: DatasetPlace) -> Bool { (place.entries ?? []).contains(where: isPerson) }

  static func list(_ place: DatasetPlace, samplingRate: Double?) throws(RecordError) -> DatasetListing {
    DatasetListing(recordings: try place.recordingsByFolder(samplingRate: samplingRate, where: isPerson))
  }

  private static func isPerson(_ name: String) -> Bool { isNumbered(name, "patient") }
}
