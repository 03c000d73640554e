import ECGArchitectures
import ECGExport
import ECGMetrics
import ECGTestSupport
import ECGTraining
import ECGWorkflowTestSupport
import Foundation
import FoundationXML
import Testing

@testable import ECGReport
@testable import ECGWorkflow

/// People enrolled and probed by the embeddings of a small model, and what is written of it.
@Suite struct RecognitionReportTests {
  struct Case: @unchecked Sendable {
    let folder: TemporaryFolder
    let prepared: PreparedBeats
    let loaded: LoadedModel

    init() throws {
      var prepared = simulatedBeats(people: 7, seed: 11, duration: 12)
      prepared.people[0] = "<Ada & \"x\">"
      var training = TrainingOptions(epochs: 3, batchSize: 16)
      training.learningRate = 5e-3
      training.checkpointInterval = 0
      var options = ModelTrainingOptions(architecture: .tiny, training: training)
      options.evaluation = .lastRecording
      options.strangerCount = 2
      options.outliers = nil
      folder = try TemporaryFolder()
      let url = folder.url.appending(path: "model.h5")
      _ = try trainModel(prepared, digest: "abc", options: options, output: url)
      self.prepared = prepared
      loaded = try LoadedModel(contentsOf: url)
    }

    func scores(
      _ recognition: RecognitionProtocol, strangers: Int = 0, templates: TemplateRule = .person
    ) throws -> RecognitionScores {
      var rules = RecognitionRules(recognition)
      rules.strangerCount = strangers
      return try evaluateRecognition(loaded, on: prepared, by: rules, templates: templates)
    }
  }

  private static let shared = Result { try Case() }
  private func shared() throws -> Case { try Self.shared.get() }

  private func unit(_ vector: [Double]) -> [Double] {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return vector.map { $0 / length }
  }

  /// The mean of beats' unit embeddings, scaled to unit length, here by plain sums.
  private func mean(_ beats: [Int], _ this: Case) throws -> [Double] {
    let values = try embeddings(of: beats, in: this.prepared, this.loaded)
    let size = values.count / beats.count
    let units = beats.indices.map { unit(values[$0 * size..<($0 + 1) * size].map(Double.init)) }
    return unit((0..<size).map { dimension in units.reduce(0) { $0 + $1[dimension] } })
  }

  @Test(arguments: TemplateRule.allCases) func scoresAreCosinesOfMeanEmbeddings(rule: TemplateRule) throws {
    let this = try shared()
    let scores = try this.scores(.lastRecording, templates: rule)
    let recordingOf = this.prepared.recordingOfBeat
    for (length, size) in [(1, 5), (0, 1), (3, nil)] as [(Int, Int?)] {
      let probes = scores.probes[length]
      var row = 0
      for participant in scores.trial.enrolled {
        // The last recording is one, in the order of its R peaks.
        let beats = participant.probes
        let step = size ?? beats.count
        for start in stride(from: 0, through: beats.count - step, by: step) {
          let probe = try mean(Array(beats[start..<start + step]), this)
          for (column, other) in scores.trial.enrolled.enumerated() {
            let groups =
              rule == .person
              ? [other.enrolment] : Dictionary(grouping: other.enrolment) { recordingOf[$0] }.map(\.value)
            let best = try groups.map { try zip(probe, mean($0, this)).reduce(0) { $0 + $1.0 * $1.1 } }.max()!
            #expect(abs(Double(probes.scores.scores[row * probes.scores.templates.count + column]) - best) < 1e-6)
          }
          #expect(probes.recordings[row] == recordingOf[beats[start]])
          row += 1
        }
      }
      #expect(row == probes.scores.probes.count)
    }
  }

  @Test func figuresAreOfTheScores() throws {
    let this = try shared()
    let scores = try this.scores(.lastRecording, strangers: 2)
    let recognition = Recognition(scores, of: this.loaded, on: this.prepared, draws: 200)
    #expect(recognition.enrolled == 5 && recognition.probing == 5 && recognition.strangers == 2)
    #expect(recognition.lengths.map(\.probe) == ["1", "5", "8", "recording"])
    for (length, probes) in zip(recognition.lengths, scores.probes) {
      let known = probes.scores.known
      #expect(length.probes == known.probes.count && length.impostorComparisons == 4 * known.probes.count)
      let ranked = RankedScores(verification: known)
      let curve = try #require(ROCCurve(negatives: ranked.impostors, positives: ranked.genuine))
      #expect(abs((length.auroc.value ?? .nan) - curve.area) < 1e-12)
      let right = CumulativeMatch(known).ranks.count { $0 == 1 }
      #expect(length.ranks[0].value == Double(right) / Double(known.probes.count))
      #expect(length.ranks.last?.value == 1 && length.ranks.count == 5)
      for estimate in length.ranks + [length.equalErrorRate] {
        let value = try #require(estimate.value)
        #expect(try #require(estimate.lower) <= value && value <= #require(estimate.upper))
      }
      // 20 comparisons show no rate of 1 %.
      if length.probe == "recording" { #expect(length.trueAcceptance.allSatisfy { $0.rate.value == nil }) }
      #expect(try #require(length.openSet).strangers == 2)
    }
    #expect(recognition.caveats.contains { $0.contains("cannot show") })
  }

  @Test func aModelThatSawProbesIsRefused() throws {
    let this = try shared()
    // Two recordings of everybody trained it: one of those would probe.
    #expect(throws: RecognitionError.self) { try this.scores(.firstSecond) }
    #expect(throws: RecognitionError.self) { try this.scores(.otherDaySingleShot) }
    #expect(throws: RecognitionError.self) { try this.scores(.lastRecording, strangers: 3) }
  }

  @Test func everythingWrittenIsWholeAndEscaped() throws {
    let this = try shared()
    let scores = try this.scores(.lastRecording, strangers: 2)
    let recognition = Recognition(scores, of: this.loaded, on: this.prepared, draws: 50)
    let html = RecognitionPage(recognition, command: "ecgid 'a & b' <x>", date: "2026-03-01", program: "ecgid").text
    let parser = XMLParser(data: Data(html.replacing("<!DOCTYPE html>", with: "").utf8))
    #expect(parser.parse())
    #expect(!html.contains("http") && !html.contains("<script"))
    #expect(html.contains("Cumulative match") && html.contains("Strangers"))

    let tables = csvReport(recognition, scores, on: this.prepared)
    #expect(tables.map(\.name) == ["recognition.csv", "ranks.csv", "curves.csv", "probes.csv", "scores.csv"])
    let probes = scores.probes.reduce(0) { $0 + $1.scores.probes.count }
    #expect(tables[3].text.split(separator: "\r\n").count == 1 + probes)
    #expect(tables[4].text.split(separator: "\r\n").count == 1 + 5 * probes)
    #expect(tables[4].text.contains("\"<Ada & \"\"x\"\">\"") || scores.trial.strangers.contains { $0.person == 0 })

    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(recognition)) as? [String: Any]
    let lengths = try #require(json?["lengths"] as? [[String: Any]])
    #expect(lengths.allSatisfy { $0.keys.contains("openSet") && $0.keys.contains("equalErrorRate") })
    #expect(textReport(recognition).contains("TAR at FAR 0.1 %"))
  }
}
