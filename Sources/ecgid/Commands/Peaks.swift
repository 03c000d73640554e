import ArgumentParser
import ECGRecords
import ECGTraining
import ECGWorkflow
import Foundation

struct Peaks: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds the R peaks of recordings, and compares them with reference annotations.",
    discussion: """
      Takes recordings of any format that can be read, and folders of them. With --annotations the peaks are written as a \
      WFDB annotation file beside each recording (100.qrs), which other programs read; with --against they are compared \
      beat by beat, as ANSI/AAMI EC57 asks, with the annotations of that name.

      Example: ecgid peaks mitdb/ --against atr
      """)

  @Argument(help: "Recordings, or folders of them.")
  var recordings: [String]

  @Option(
    help: ArgumentHelp(
      "The detector: the likeliest series of beats, or Pan and Tompkins' rules.", valueName: "name"))
  var detector = RPeakMethod.beatPath

  @Option(
    help: ArgumentHelp(
      "The lead to use: its number from 0, its name, or one less another (V5-V1).", valueName: "lead"))
  var lead = LeadChoice.first

  @Option(help: "The sampling rate in Hz, for files that do not say it.")
  var rate: Double?

  @Option(help: ArgumentHelp("Write the peaks as annotations of this name beside each recording.", valueName: "name"))
  var annotations: String?

  @Option(
    name: .shortAndLong,
    help: "Where to write annotations instead: a folder, or the file (100.qrs) of a single recording.")
  var output: String?

  @Option(help: ArgumentHelp("Compare with the annotations of this name: atr.", valueName: "name"))
  var against: String?

  @Option(help: "How far, in seconds, a peak may lie from the reference beat.")
  var tolerance = 0.15

  @Option(help: "Compare from this time on, in seconds. (bxb leaves out the first 300 s.)")
  var from = 0.0

  @Flag(help: "Print the result as JSON, with every peak.")
  var json = false

  func validate() throws {
    guard tolerance > 0, tolerance <= 10 else { throw ValidationError("--tolerance takes 0 to 10 s, not \(tolerance)") }
    guard from >= 0, from.isFinite else { throw ValidationError("--from takes a time in seconds, not \(from)") }
  }

  // MARK: Results

  private struct Summary: Encodable {
    var detector: String
    var recordings: [Entry] = []
    /// Of all recordings together.
    var total: Agreement?
    var unusable: [String: String] = [:]
  }

  private struct Entry: Encodable {
    var recording: String
    var lead: String
    var samplingRate: Double
    var seconds: Double
    /// Samples since the start.
    var peaks: [Int]
    /// Of each peak, 0 to 1; left out when the detector does not say.
    var confidence: [Float]?
    /// Peaks of a confidence below `FoundRPeaks.leastConfidence`.
    var doubtful: [Int]?
    /// Beats per minute.
    var meanHeartRate: Double?
    /// Seconds.
    var shortestInterval: Double?
    var longestInterval: Double?
    var annotations: String?
    var agreement: Agreement?

    init(_ name: String, _ found: FoundRPeaks) {
      recording = name
      lead = found.lead
      samplingRate = found.samplingRate
      seconds = found.duration
      peaks = found.positions
      confidence = found.confidence
      doubtful = found.doubtful
      meanHeartRate = found.meanHeartRate
      shortestInterval = found.intervals.min()
      longestInterval = found.intervals.max()
    }
  }

  private struct Agreement: Encodable {
    var beats: Int
    var truePositives: Int
    var falseNegatives: Int
    var falsePositives: Int
    /// Left out where there is nothing to share.
    var sensitivity: Double?
    var positivePredictivity: Double?
    /// Of the positions of true positives; the last one is not exceeded by 95 % of them.
    var meanErrorMilliseconds: Double?
    var meanAbsoluteErrorMilliseconds: Double?
    var absoluteError95Milliseconds: Double?

    init(_ comparison: BeatComparison) {
      func number(_ value: Double) -> Double? { value.isFinite ? value : nil }
      beats = comparison.truePositives + comparison.falseNegatives
      truePositives = comparison.truePositives
      falseNegatives = comparison.falseNegatives
      falsePositives = comparison.falsePositives
      sensitivity = number(comparison.sensitivity)
      positivePredictivity = number(comparison.positivePredictivity)
      meanErrorMilliseconds = number(1000 * comparison.meanError)
      meanAbsoluteErrorMilliseconds = number(1000 * comparison.meanAbsoluteError)
      absoluteError95Milliseconds = number(1000 * comparison.absoluteError(atShare: 0.95))
    }
  }

  // MARK: Running

  func run() throws {
    let inputs = try recordingInputs(at: recordings, samplingRate: rate)
    let places =
      annotations == nil && output == nil
      ? [] : try annotationPlaces(for: inputs, name: annotations, output: output, keeping: against)
    var summary = Summary(detector: detector.rawValue)
    var total = BeatComparison()
    let bar = ProgressBar()
    for (index, input) in inputs.enumerated() {
      bar.show("Finding R peaks", index, of: inputs.count, "recordings")
      do {
        let file = try openRecording(input.url, samplingRate: input.samplingRate)
        let found = try findRPeaks(in: file, lead: lead, method: detector)
        var entry = Entry(input.name, found)
        if let against {
          let reference = try readReferenceBeats(
            input.base.appendingPathExtension(against), frameRate: annotationRate(ofRecord: input.base),
            samplingRate: found.samplingRate)
          let comparison = found.compared(with: reference, tolerance: tolerance, from: from)
          total += comparison
          entry.agreement = Agreement(comparison)
        }
        if places.indices.contains(index) {
          try write(found, of: input, to: places[index])
          entry.annotations = places[index].path
        }
        summary.recordings.append(entry)
      } catch let error as RecordError {
        if case .unwritable = error { throw error }
        summary.unusable[input.name] = error.description
      } catch let error as WorkflowError {
        summary.unusable[input.name] = error.description
      }
    }
    bar.clear()
    guard !summary.recordings.isEmpty else {
      throw WorkflowError.noPeaks(
        source: recordings.joined(separator: ", "),
        reasons: summary.unusable.sorted { $0.key < $1.key }.map(\.value))
    }
    if against != nil { summary.total = Agreement(total) }
    if json { try printJSON(summary) } else { show(summary) }
  }

  private func write(_ found: FoundRPeaks, of input: RecordingInput, to place: URL) throws {
    if output != nil {
      try? FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    }
    try writeAnnotations(found, frameRate: annotationRate(ofRecord: input.base), to: place)
  }

  // MARK: Tables

  private func show(_ summary: Summary) {
    var table = TextTable(
      against == nil
        ? ["recording", "lead", "duration", "R peaks", "per minute", "RR in s", "doubtful"]
        : [
          "recording", "lead", "R peaks", "beats", "missed", "extra", "sensitivity", "predictivity", "error in ms",
          "95 %",
        ])
    for entry in summary.recordings {
      if let agreement = entry.agreement {
        table.add([entry.recording, entry.lead, "\(entry.peaks.count)"] + cells(agreement))
      } else {
        let duration = Int(entry.seconds.rounded())
        table.add([
          entry.recording, entry.lead, String(format: "%d:%02d", duration / 60, duration % 60),
          "\(entry.peaks.count)", entry.meanHeartRate.map { String(format: "%.1f", $0) } ?? "–",
          interval(entry), entry.doubtful.map { "\($0.count)" } ?? "–",
        ])
      }
    }
    if let total = summary.total, summary.recordings.count > 1 {
      table.add(["all", "", "\(summary.recordings.map(\.peaks.count).reduce(0, +))"] + cells(total))
    }
    print(table.text)
    let written = summary.recordings.compactMap(\.annotations)
    if written.count == 1 { print("-> \(written[0])") }
    if written.count > 1 { print("-> \(written[0]) and \(counted(written.count - 1, "file")) more") }
    if !summary.unusable.isEmpty {
      print("\(counted(summary.unusable.count, "recording")) without a result:")
      let reasons = summary.unusable.sorted { $0.key < $1.key }
      for (_, reason) in reasons.prefix(20) { print("  \(reason)") }
      if reasons.count > 20 { print("  … and \(reasons.count - 20) more (--json lists all)") }
    }
  }

  private func interval(_ entry: Entry) -> String {
    guard let shortest = entry.shortestInterval, let longest = entry.longestInterval else { return "–" }
    return String(format: "%.2f–%.2f", shortest, longest)
  }

  private func cells(_ agreement: Agreement) -> [String] {
    func share(_ value: Double?) -> String { value.map { String(format: "%.2f %%", 100 * $0) } ?? "–" }
    func number(_ value: Double?) -> String { value.map { String(format: "%.1f", $0) } ?? "–" }
    return [
      "\(agreement.beats)", "\(agreement.falseNegatives)", "\(agreement.falsePositives)",
      share(agreement.sensitivity), share(agreement.positivePredictivity),
      number(agreement.meanAbsoluteErrorMilliseconds),
      number(agreement.absoluteError95Milliseconds),
    ]
  }
}
