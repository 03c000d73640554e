/// The MIT-BIH Arrhythmia Database (Moody and Mark 2001, PhysioNet): 48 records of 47 people; 201 and 202 come from the
/// same man.
enum MITBIHLayout: LayoutReader {
  static let expected = "records 100 to 234"

  static func recognises(_ place: DatasetPlace) -> Bool {
    let names = place.headers
    return !names.isEmpty && names.allSatisfy(records.contains)
  }

  static func list(_ place: DatasetPlace, samplingRate: Double?) throws(RecordError) -> DatasetListing {
    DatasetListing(
      recordings: place.headers.filter(records.contains).map { name in
        RecordingReference(
          person: name == "202" ? "201" : name, name: name,
          source: .file(place.url("\(name).hea"), samplingRate: samplingRate))
      })
  }

  private static let records = Set(
    [
      100...109, 111...119, 121...124, 200...203, 205...205, 207...210, 212...215, 217...217, 219...223, 228...228,
      230...234,
    ].flatMap { $0.map { "\($0)" } }
  )
}
