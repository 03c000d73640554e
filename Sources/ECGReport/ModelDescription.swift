import ECG
import ECGExport
import ECGModelFile
import ECGNetwork
import ECGSignal
import ECGWorkflow
import Foundation

/// What is in a weights file, for people and programs to read.
public struct ModelDescription: Encodable {
  public struct LayerLine: Encodable {
    public var name: String
    public var kind: String
    public var output: [Int]
    public var parameters: Int
  }

  public struct Outliers: Encodable {
    public var features: String
    public var references: Int
    public var neighbours: Int
    public var threshold: Float
    public var falseAlarmRate: Float
    /// Beats that the threshold was chosen on.
    public var validationBeats: Int
    /// Recordings that they are of, each scored against its person's earlier ones; nil when they are of the recordings
    /// that trained.
    public var laterRecordings: Int?
    public var laterPeople: Int?
    /// The share of those beats turned away.
    public var laterFalseAlarms: Double?
    /// What the threshold rests on, in words.
    public var evidence: [String]
  }

  public var file: String
  public var bytes: Int
  /// Of the file, in hexadecimal: what models that go on from this one name it by.
  public var sha256: String
  public var formatVersion: Int
  public var network: String
  public var parameters: Int
  public var layers: [LayerLine]
  public var labels: [String]
  public var preprocessing: [String: Double]
  public var outliers: Outliers?
  /// What scores against enrolled people rest on, in words.
  public var verification: [String]?
  public var provenance: [String: String]

  public init(_ loaded: LoadedModel) {
    let model = loaded.model
    file = loaded.url.path
    bytes = model.file.file.size
    sha256 = loaded.digest
    formatVersion = model.file.formatVersion
    network = String(cString: model.file.networkName)
    parameters = model.parameterCount
    labels = loaded.labels
    provenance = loaded.provenance
    layers = loaded.layerNames.enumerated().map { index, name in
      LayerLine(
        name: name, kind: "\(model.network.layer(index).kind)",
        output: model.network.shape(ofLayer: index).kerasSizes,
        parameters: model.network.parameterCount(ofLayer: index))
    }
    preprocessing = [:]
    for field in 0..<PipelineConfiguration.fieldCount {
      preprocessing["\(PipelineConfiguration.fieldName(field))"] = model.pipeline.configuration[field: field]
    }
    verification = Self.verification(loaded)
    outliers = model.outlierReference.map {
      let later = try? OutlierReferenceContents.LaterRecordings(ofModelAt: loaded.url)
      return Outliers(
        features: $0.layer < 0 ? "beat" : "hidden", references: $0.count, neighbours: $0.neighbourCount,
        threshold: $0.threshold, falseAlarmRate: $0.falseAlarmRate, validationBeats: $0.validationBeatCount,
        laterRecordings: later?.recordings, laterPeople: later?.people, laterFalseAlarms: later?.falseAlarms,
        evidence: OutlierReferenceContents.thresholdLines(
          $0.threshold, falseAlarmRate: $0.falseAlarmRate, beats: $0.validationBeatCount, later: later))
    }
  }

  /// Tells what was calibrated, for which the whole file is read.
  private static func verification(_ loaded: LoadedModel) -> [String]? {
    guard loaded.model.verification != nil else { return nil }
    return (try? ModelContents(contentsOf: loaded.url))?.verification?.lines
  }

  public var fieldNames: [String] { ["labels", "network", "parameters", "bytes", "sha256"] + provenance.keys.sorted() }

  /// One field's values, or nil when there is no such field.
  public func field(_ name: String) -> [String]? {
    switch name {
    case "labels": labels
    case "network": [network]
    case "parameters": ["\(parameters)"]
    case "bytes": ["\(bytes)"]
    case "sha256": [sha256]
    default: provenance[name].map { $0.isEmpty ? [] : $0.components(separatedBy: "\n") }
    }
  }

  public var text: String {
    var lines = [
      "\(file): \(network), \(labels.count) people, \(parameters) parameters, \(bytes) bytes, format \(formatVersion)",
      "SHA-256 \(sha256)", "", "Layers",
    ]
    for layer in layers {
      lines.append(
        "  \(column(layer.name, 20))\(column(layer.kind, 14))"
          + "\(column(layer.output.map(String.init).joined(separator: " × "), 16))"
          + (layer.parameters > 0 ? "\(layer.parameters)" : ""))
    }
    lines += ["", "Preprocessing"]
    lines += preprocessing.sorted { $0.key < $1.key }.map { "  \(column($0.key, 24))\(text(of: $0.key, $0.value))" }
    if let outliers {
      lines +=
        [
          "", "Outliers",
          "  local outlier factor on the \(outliers.features == "beat" ? "beat" : "last hidden layer"):"
            + " \(outliers.references) references, \(outliers.neighbours) neighbours",
        ] + outliers.evidence.map { "  \($0)" }
    }
    if let verification { lines += ["", "Verification"] + verification.map { "  \($0)" } }
    lines += ["", "Provenance"]
    lines += provenance.sorted { $0.key < $1.key }.map {
      "  \(column($0.key, 24))\($0.value.replacingOccurrences(of: "\n", with: ", "))"
    }
    if labels.isEmpty {
      return (lines + ["", "People", "  none: they are enrolled in a gallery"]).joined(separator: "\n")
    }
    lines += ["", "People", "  " + labels.prefix(60).joined(separator: ", ") + (labels.count > 60 ? ", …" : "")]
    return lines.joined(separator: "\n")
  }

  /// A setting's value, by name where it is one of several choices, as `ecgid prepare` and `ecgid train` call them.
  private func text(of setting: String, _ value: Double) -> String {
    let number = Int32(exactly: value)
    func name(_ choice: (some Any)?) -> String? {
      choice.map { "\($0)".reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) } }
    }
    let choice: String? =
      switch setting {
      case "front_end": name(number.flatMap(PipelineConfiguration.FrontEnd.init))
      case "representation": name(number.flatMap(PipelineConfiguration.Representation.init))
      case "detector": name(number.flatMap(PipelineConfiguration.Detector.init))
      default: nil
      }
    return choice ?? number.map { "\($0)" } ?? "\(value)"
  }

  private func column(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
