import ECGCore
import ECGExport
import ECGRecords
import ECGSignal
import Foundation

/// What became of a data set.
public struct Preparation {
  public var beats: PreparedBeats
  /// Recordings without a single beat, and why; the others are not affected.
  public var unusable: [Unusable]
  /// Recordings whose denoising stopped at its bound.
  public var unconverged: [String]
}

/// A recording that gave no beat.
public struct Unusable: Sendable {
  public var recording: String
  /// Everything there is to say.
  public var reason: String
  /// In a few words, the same for all recordings that have it: "poor signal (noisy)".
  public var category: String
}

/// Cuts all recordings of a data set into beats, on all cores; the result does not depend on their number.
///
/// - Parameters:
///   - workers: threads that read recordings at the same time.
///   - progress: called now and then with the number of recordings done, from any thread.
/// - Throws: `WorkflowError.nothingUsable`, `option`.
public func prepare(
  _ dataset: Dataset, lead: LeadChoice, configuration: PipelineConfiguration,
  workers: Int = ProcessInfo.processInfo.activeProcessorCount,
  progress: @escaping @Sendable (_ done: Int) -> Void = { _ in }
) throws -> Preparation {
  let references = dataset.recordings
  let beatLength = try BeatFinder(configuration).pipeline.beatLength
  let outcomes = inParallel(
    references, workers: workers, progress: progress, makeContext: { try? BeatFinder(configuration) }
  ) { reference, finder in Outcome(reference, lead: lead, finder: finder) }

  var prepared = PreparedBeats(
    beatLength: beatLength, samplingRate: configuration.samplingRate, source: "\(dataset.name), lead \(lead)")
  prepared.preprocessing = configuration.settings
  prepared.leftOutReasons = SignalFault.reasons.map(\.name)
  var unusable: [Unusable] = []
  var unconverged: [String] = []
  for (reference, outcome) in zip(references, outcomes) {
    guard let outcome else { continue }
    guard let found = outcome.found else {
      unusable.append(
        Unusable(recording: reference.description, reason: outcome.problem, category: outcome.category))
      continue
    }
    if !found.report.converged { unconverged.append(reference.description) }
    prepared.append(found, of: reference)
  }
  guard prepared.count > 0 else {
    throw WorkflowError.nothingUsable(
      source: dataset.name, reasons: unusable.map { $0.reason })
  }
  return Preparation(beats: prepared, unusable: unusable, unconverged: unconverged)
}

private struct Outcome: Sendable {
  var found: BeatFinder.Found?
  var problem = ""
  var category = ""

  init(_ reference: RecordingReference, lead: LeadChoice, finder: BeatFinder) {
    do {
      let chosen = try reference.open().chosen(lead)
      found = try finder.beats(of: chosen.file, lead: chosen.lead)
    } catch let refusal as Refusal {
      problem = "\(reference): \(refusal)"
      category = refusal.category
    } catch {
      problem = "\(error)"
      category = "cannot be read"
    }
  }
}

extension PreparedBeats {
  fileprivate mutating func append(_ found: BeatFinder.Found, of reference: RecordingReference) {
    if people.last != reference.person { people.append(reference.person) }
    let person = Int32(people.count - 1)
    let report = found.report
    recordings.append(
      Recording(
        name: reference.description, person: person, date: reference.date?.description ?? "",
        leftOut: SignalFault.reasons.map { Int32(report[$0]) }, quality: report.quality))
    beats += found.beats
    rPeaks += found.rPeaks.map { Int64($0) }
    qualities += found.qualities
    personOfBeat += Array(repeating: person, count: report.beatCount)
    recordingOfBeat += Array(repeating: Int32(recordings.count - 1), count: report.beatCount)
  }
}

extension PipelineConfiguration {
  /// Settings in which beats were prepared otherwise than this asks for. What of a beat the network sees does not count:
  /// it is made from beats, whatever they were prepared for.
  func differences(from prepared: PipelineConfiguration) -> [(name: String, wanted: Double, found: Double)] {
    zip(settings, prepared.settings).filter { $0.name != "representation" && $0.value != $1.value }
      .map { ($0.name, $0.value, $1.value) }
  }

  /// All fields by their stable names, as files store them.
  public var settings: [PreparedBeats.Setting] {
    (0..<Self.fieldCount).map { PreparedBeats.Setting("\(Self.fieldName($0))", self[field: $0]) }
  }

  /// The configuration that a file of prepared beats was made with.
  public init(_ settings: [PreparedBeats.Setting]) throws {
    self.init()
    for field in 0..<Self.fieldCount {
      let name = "\(Self.fieldName(field))"
      guard let value = settings.first(where: { $0.name == name })?.value ?? Self.fieldWhenAbsent(field) else {
        throw WorkflowError.mismatch("the prepared beats say nothing of \(name): prepare them anew")
      }
      do {
        try setField(field, to: value)
      } catch {
        throw WorkflowError.mismatch("the prepared beats were made with \(name) = \(value): prepare them anew")
      }
    }
  }
}
