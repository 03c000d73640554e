import ECGCore
import ECGExport

/// Means of consecutive beats of one recording: what a network sees on a device that averages, and less noise than a
/// single beat has.
struct BeatMeans {
  /// The beats that means are made of, by number in the prepared beats.
  let beats: [Int]
  private let prepared: PreparedBeats
  private let counts: [Int]
  /// The beats of each recording in order of time, and where each of `beats` stands there.
  private let inOrder: [[Int]]
  private let recording: [Int]
  private let place: [Int]

  /// - Parameter counts: how many beats a mean may be made of; one of these is drawn each time.
  init(_ beats: [Int], of prepared: PreparedBeats, counts: [Int]) {
    self.beats = beats
    self.prepared = prepared
    self.counts = counts
    let groups = Dictionary(grouping: beats) { prepared.recordingOfBeat[$0] }
    let numbers = groups.keys.sorted()
    inOrder = numbers.map { groups[$0]!.sorted { prepared.rPeaks[$0] < prepared.rPeaks[$1] } }
    var placeOf: [Int: (Int, Int)] = [:]
    for (number, beats) in inOrder.enumerated() {
      for (place, beat) in beats.enumerated() { placeOf[beat] = (number, place) }
    }
    recording = beats.map { placeOf[$0]!.0 }
    place = beats.map { placeOf[$0]!.1 }
  }

  /// The mean of a sample's beat and those that follow it, or at the end of the recording precede it; of all where there
  /// are fewer than drawn.
  func mean(_ sample: Int, using generator: inout SeededGenerator) -> [Float] {
    let own = inOrder[recording[sample]]
    let wanted = counts.isEmpty ? 1 : counts[min(Int(generator.uniform() * Double(counts.count)), counts.count - 1)]
    let count = min(max(wanted, 1), own.count)
    let first = min(place[sample], own.count - count)
    var sum = prepared.values(of: [own[first]])
    for beat in own[first + 1..<first + count] {
      let start = beat * prepared.beatLength
      for i in sum.indices { sum[i] += prepared.beats[start + i] }
    }
    for i in sum.indices { sum[i] /= Float(count) }
    return sum
  }
}
