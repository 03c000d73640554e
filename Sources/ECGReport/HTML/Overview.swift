import ECG
import ECGExport
import ECGModelFile
import ECGSignal
import ECGWorkflow
import Foundation

extension HTMLReport {
  /// The title, one sentence, and the headline figures.
  var overview: Markup {
    element("h1", [:], "How well \(evaluation.model) recognises people")
      + paragraph("\(evaluation.network) · beats of \(sourceName) · \(protocolName) · \(date)", "sub")
      + paragraph(sentence, "lead") + element("div", ["class": "cards"], cards.joined)
      + paragraph(
        "Ranges are 95 % intervals for people like these: a person's beats resemble one another, so people are counted as the"
          + " units, not beats. The thin mark is what guessing gives, or the rate of false alarms that was promised.",
        "small")
  }

  private var sourceName: String {
    let name = evaluation.source
    return name.isEmpty ? "unknown source" : name.split(separator: "/").last.map(String.init) ?? name
  }

  private var protocolName: String {
    switch evaluation.evaluation {
    case "pooled-beats": "pooled beats"
    case "last-recording": "last recording held out"
    case "develop-recording": "last recording but one held out"
    default: "all beats"
    }
  }

  private var sentence: String {
    let beats = evaluation.beats
    guard beats.count > 0 else { return "There was no test beat of anybody whom the model knows." }
    var text =
      "Shown one heartbeat of \(counted(evaluation.testedPeople, "person", "people")), it names the right one of"
      + " \(counted(evaluation.people, "person", "people")) in \(percent(beats.share)) of cases; all test beats of a"
      + " recording together name the right one in \(percent(evaluation.recordings.share))."
    if let own = evaluation.ownOutliers, let alarms = own.beats.falseAlarms {
      text += " It turns away \(percent(alarms.share)) of known people's beats"
      if let detections = own.beats.detections { text += " and \(percent(detections.share)) of strangers'" }
      text += "."
    }
    return text
  }

  private var cards: [Markup] {
    let chance = 1 / Double(max(1, evaluation.people))
    var cards = [
      card("One beat decides", evaluation.beats, "beats", chance: chance),
      card("A recording's beats decide", evaluation.recordings, "recordings", chance: chance),
    ]
    if evaluation.people > 5 {
      cards.append(card("Among the five likeliest", evaluation.beatsTopFive, "beats", chance: 5 * chance))
    }
    if let own = evaluation.ownOutliers {
      if let alarms = own.beats.falseAlarms {
        cards.append(card("Known people turned away", alarms, "beats", chance: own.statedFalseAlarmRate))
      }
      if let detections = own.beats.detections {
        cards.append(card("Strangers turned away", detections, "beats"))
      }
      if let area = own.beats.auroc {
        cards.append(
          card(
            "Strangers against known people", String(format: "%.3f", area), "area under the ROC curve, one beat decides"
          ))
      }
    }
    cards.append(
      card(
        "Calibration error", percent(evaluation.calibration.expectedError),
        "mean distance of stated from true probability"))
    cards.append(
      card(
        "Cross-entropy", evaluation.crossEntropy.map { String(format: "%.3f", $0) } ?? "–",
        "nats; by chance \(String(format: "%.2f", log(Double(max(1, evaluation.people)))))"))
    return cards
  }

  private func card(_ name: String, _ value: String, _ detail: String) -> Markup {
    element(
      "div", ["class": "card"],
      element("div", ["class": "name"], Markup(name)) + element("div", ["class": "value"], Markup(value))
        + element("div", ["class": "detail"], Markup(detail)))
  }

  private func card(_ name: String, _ rate: Rate, _ unit: String, chance: Double? = nil) -> Markup {
    let interval = rate.interval.map { "\(percent($0.lower)) to \(percent($0.upper))" } ?? "–"
    return element(
      "div", ["class": "card"],
      element("div", ["class": "name"], Markup(name)) + element("div", ["class": "value"], Markup(percent(rate.share)))
        + intervalBar(rate, chance) + element("div", ["class": "detail"], Markup(interval))
        + element("div", ["class": "detail"], "\(number(rate.correct)) of \(number(rate.count)) \(unit)"))
  }

  /// From 0 to 1: the interval, the share in it, and chance (or what was stated).
  private func intervalBar(_ rate: Rate, _ chance: Double?) -> Markup {
    let width = 190.0
    func rectangle(_ x: Double, _ width: Double, _ y: Double, _ height: Double, _ style: String) -> Markup {
      element(
        "rect",
        [
          "x": coordinate(x), "y": coordinate(y), "width": coordinate(width), "height": coordinate(height), "rx": "2",
          "class": style,
        ])
    }
    var marks = rectangle(0, width, 5, 4, "faint-fill")
    if let interval = rate.interval {
      marks += rectangle(
        interval.lower * width, max(2, (interval.upper - interval.lower) * width), 4, 6, "blue-area")
    }
    if let chance { marks += rectangle(max(0, chance * width - 0.75), 1.5, 1, 12, "soft-fill") }
    if let share = rate.share {
      marks += element("circle", ["cx": coordinate(share * width), "cy": "7", "r": "4.5", "class": "blue-fill"])
    }
    return drawing(width: width, height: 14, summary: "\(percent(rate.share)) on a scale from 0 to 100 %", marks)
  }

  /// Model, data, protocol, command.
  var measured: Markup {
    let provenance = loaded.provenance
    var facts: [(String, Markup)] = [
      (
        "Model",
        "\(evaluation.model), \(evaluation.network), \(number(evaluation.parameters)) parameters; SHA-256 \(String(loaded.digest.prefix(16)))…"
      ),
      (
        "People",
        "\(number(evaluation.people)) known, \(number(evaluation.testedPeople)) of them tested; \(counted(evaluation.outliers?.strangers ?? strangerCount, "stranger", "strangers"))"
      ),
      ("Recordings", Markup(evaluation.source.isEmpty ? "source unknown" : evaluation.source)),
      ("Protocol", Markup(protocolText)),
      ("Beats", Markup(beatCounts)),
      ("Signal chain", Markup(signalChain)),
    ]
    let training = [
      "epochs": "epochs", "best_epoch": "best epoch", "batch_size": "batch", "learning_rate": "learning rate",
    ]
    let said = ["epochs", "best_epoch", "batch_size", "learning_rate"].compactMap { name in
      provenance[name].map { "\(training[name]!) \($0)" }
    }
    if !said.isEmpty {
      facts.append(
        ("Training", Markup((said + (evaluation.seed.map { ["seed \($0)"] } ?? [])).joined(separator: ", "))))
    }
    if let own = evaluation.ownOutliers {
      facts.append(
        (
          "Strangers",
          "local outlier factor on the \(own.name), \(number(own.references)) references, threshold \(String(format: "%.3f", own.threshold ?? 0)) chosen for \(percent(own.statedFalseAlarmRate)) false alarms"
        ))
    }
    facts.append(("Command", element("code", [:], Markup(command))))
    return section(
      "What was measured",
      element(
        "table", ["class": "facts"],
        facts.map { element("tr", [:], element("th", [:], Markup($0)) + element("td", [:], $1)) }.joined))
  }

  private var strangerCount: Int { Set(predictions.strangerBeats.map { prepared.personOfBeat[$0.beat] }).count }

  private var protocolText: String {
    switch evaluation.evaluation {
    case "pooled-beats":
      "pooled-beats: a person's beats of all recordings were mixed; 84 % trained, 4 % validated, 12 % are tested here"
    case "last-recording":
      "last-recording: everybody's last recording is tested here, the others trained; a tenth of their beats validated"
    case "develop-recording":
      "develop-recording: everybody's last recording but one is tested here, those before it trained, the last one stays unseen"
    default: "no division known: all beats of people whom the model knows are tested, everybody else is a stranger"
    }
  }

  private var beatCounts: String {
    var parts = [
      "\(number(evaluation.beats.count)) tested in \(counted(evaluation.recordings.count, "recording", "recordings"))"
    ]
    if !predictions.strangerBeats.isEmpty { parts.append("\(number(predictions.strangerBeats.count)) of strangers") }
    if let training = evaluation.trainingBeats { parts.append("\(number(training)) trained") }
    if let validation = evaluation.validationBeats { parts.append("\(number(validation)) validated") }
    return parts.joined(separator: ", ")
  }

  private var signalChain: String {
    let configuration = loaded.model.pipeline.configuration
    let front = configuration.frontEnd == .sass ? "sparsity-assisted smoothing" : "Butterworth band-pass"
    let sees =
      switch configuration.representation {
      case .beat: "its samples"
      case .scalogram: "its scalogram"
      case .spectrogram: "its spectrogram"
      }
    return "\(number(configuration.samplingRate)) Hz, \(front), beats of \(configuration.beatLength) samples from"
      + " \(number(-1000 * configuration.beatBefore)) to \(number(1000 * configuration.beatAfter)) ms around the R peak;"
      + " the network sees \(sees)"
  }
}
