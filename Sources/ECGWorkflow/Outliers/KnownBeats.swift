import ECGExport

/// Known people's beats as strangers are measured against them, one row a beat, and whose they are.
struct KnownBeats: Sendable {
  var features: [Float] = []
  var people: [Int32] = []
  /// Numbered in order of date.
  var recordings: [Int32] = []
  var count: Int { people.count }

  /// - Parameter features: of these beats of the file, in their order.
  init(_ beats: [Int], of prepared: PreparedBeats, features: [Float]) {
    self.features = features
    people = beats.map { prepared.personOfBeat[$0] }
    recordings = beats.map { prepared.recordingOfBeat[$0] }
  }

  init(features: [Float], people: [Int32], recordings: [Int32]) {
    self.features = features
    self.people = people
    self.recordings = recordings
  }

  /// Those rows alone.
  func rows(_ rows: [Int], dimensions: Int) -> KnownBeats {
    var features: [Float] = []
    features.reserveCapacity(rows.count * dimensions)
    for row in rows { features += self.features[row * dimensions..<(row + 1) * dimensions] }
    return KnownBeats(
      features: features, people: rows.map { people[$0] }, recordings: rows.map { recordings[$0] })
  }

  static func + (left: KnownBeats, right: KnownBeats) -> KnownBeats {
    KnownBeats(
      features: left.features + right.features, people: left.people + right.people,
      recordings: left.recordings + right.recordings)
  }
}
