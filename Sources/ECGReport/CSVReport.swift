import ECGExport
import ECGMetrics
import ECGWorkflow
import Foundation

/// An evaluation as CSV tables (RFC 4180), by file name. `Documentation/Evaluation.md` describes the columns.
public func csvReport(
  _ evaluation: Evaluation, _ predictions: Predictions, labels: [String], prepared: PreparedBeats
) -> [(name: String, text: String)] {
  let scoreNames = predictions.outliers.map { "outlier_score_\($0.features.rawValue)_\($0.neighbourCount)" }

  var beats = CSVText(
    ["person", "recording", "beat", "r_peak", "known", "predicted", "correct", "probability", "true_probability"]
      + scoreNames)
  for (index, beat) in predictions.beats.enumerated() {
    let judgement = beat.judgement
    beats.add(
      [
        labels[judgement.truth], prepared.recordings[beat.recording].name, "\(beat.beat)",
        "\(prepared.rPeaks[beat.beat])", "1", labels[judgement.named], judgement.isCorrect ? "1" : "0",
        "\(judgement.confidence)", "\(judgement.truthProbability)",
      ] + predictions.outliers.map { "\($0.beats[index])" })
  }
  for (index, beat) in predictions.strangerBeats.enumerated() {
    beats.add(
      [
        prepared.people[Int(prepared.personOfBeat[beat.beat])], prepared.recordings[beat.recording].name,
        "\(beat.beat)", "\(prepared.rPeaks[beat.beat])", "0", labels[beat.named], "0", "\(beat.confidence)", "",
      ] + predictions.outliers.map { "\($0.strangerBeats[index])" })
  }

  var recordings = CSVText(
    ["person", "recording", "beats", "known", "predicted", "correct", "probability"] + scoreNames)
  for (index, recording) in (predictions.recordings + predictions.strangerRecordings).enumerated() {
    let source = prepared.recordings[recording.recording]
    let isKnown = recording.truth != nil
    recordings.add(
      [
        prepared.people[Int(source.person)], source.name, "\(recording.beats.count)", isKnown ? "1" : "0",
        labels[recording.named], recording.truth == recording.named ? "1" : "0", "\(recording.confidence)",
      ]
        + predictions.outliers.map {
          "\(isKnown ? $0.recordings[index] : $0.strangerRecordings[index - predictions.recordings.count])"
        })
  }

  var people = CSVText([
    "person", "beats", "recordings", "recordings_correct", "true_positives", "false_positives", "true_negatives",
    "false_negatives", "precision", "recall", "f1", "specificity", "negative_predictive_value", "fall_out",
    "false_discovery_rate", "mostly_taken_for",
  ])
  for person in evaluation.perPerson {
    let counts = [
      person.support, person.recordings, person.recordingsCorrect, person.truePositives, person.falsePositives,
      person.trueNegatives, person.falseNegatives,
    ]
    let ratios = [
      person.precision, person.recall, person.f1, person.specificity, person.negativePredictiveValue, person.fallOut,
      person.falseDiscoveryRate,
    ]
    people.add(
      [person.person] + counts.map { "\($0)" } + ratios.map { $0.map { "\($0)" } ?? "" }
        + [person.mostlyTakenFor ?? ""])
  }

  var confusion = CSVText(["person", "predicted", "beats"])
  for cell in ConfusionMatrix(predictions, classCount: labels.count).cells {
    confusion.add([labels[cell.truth], labels[cell.predicted], "\(cell.count)"])
  }
  return [
    ("beats.csv", beats.text), ("recordings.csv", recordings.text), ("people.csv", people.text),
    ("confusion.csv", confusion.text),
  ]
}
