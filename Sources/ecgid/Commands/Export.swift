import ArgumentParser
import ECGExport
import ECGWorkflow
import Foundation

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a weights file in another form.",
    discussion: """
      With --weights the kernels are stored in 16 or 8 bits, outlier references as well: the file is half or a \
      quarter as large, and faster with 8 bits. With the beats that trained the model, references and the threshold for \
      strangers are made anew for the rounded network. What that costs is measured on beats before anything is written: on those that training kept for validation, \
      or, with a file that the model was not trained on, on all beats of people it knows.

      With --without-classes the people who trained the model are left out, with the layers that tell them apart: for \
      devices whose people are enrolled in a gallery. Calibrate it before.

      As a C header it is a constant array for devices without files: ecg_model_init takes it, and the sizes of the \
      static memory stand beside it.

      Example: ecgid export model.h5 --c model.h --seconds 10 --rate 250
      Example: ecgid export model.h5 --c model.h --rate 250 --stream-window 8 --gallery 10
      Example: ecgid export model.h5 --weights i8 --beats beats.h5 -o small.h5
      Example: ecgid export calibrated.h5 --without-classes -o device.h5
      Example: ecgid export model.h5 --weights i8 --beats beats.h5 --largest-loss 0.5 --c model.h
      """)

  @Argument(help: "The weights file.")
  var model: String

  @Option(
    help: ArgumentHelp(
      "How kernels are stored: f16 (float16) or i8 (int8, a scale for each filter and unit). Biases and normalisation "
        + "stay float32.", valueName: "form"))
  var weights: WeightForm?

  @Option(help: ArgumentHelp("With --weights: prepared beats that it is judged by.", valueName: "file"))
  var beats: String?

  @Option(
    help: ArgumentHelp(
      "With --weights: the most percentage points of accuracy that it may cost; nothing is written beyond.",
      valueName: "points"))
  var largestLoss = 1.0

  @Flag(help: "Leave out the people who trained the model: it then serves galleries alone.")
  var withoutClasses = false

  @Option(name: [.short, .customLong("output")], help: ArgumentHelp("The weights file to write.", valueName: "file"))
  var output: String?

  @Option(name: .customLong("c"), help: ArgumentHelp("The C header to write.", valueName: "header"))
  var header: String?

  @Option(help: "What the array is called: <name>_bytes; its sizes are macros that begin with it in capitals.")
  var name = "model"

  @Option(help: "The longest recording that the sizes of memory are for, in seconds.")
  var seconds = 30.0

  @Option(help: "The sampling rate of recordings that they are for, in Hz.")
  var rate = 500.0

  @OptionGroup var stream: StreamSizeOptions

  @Option(
    help: ArgumentHelp(
      "Also write the size of a gallery with room for so many templates of enrolled people.", valueName: "templates"))
  var gallery: Int?

  @Flag(help: "Print what --weights costs as JSON.")
  var json = false

  func validate() throws {
    guard output != nil || header != nil else {
      throw ValidationError("say what to write: -o file, --c header or both")
    }
    guard (weights == nil) == (beats == nil) else {
      throw ValidationError("--weights and --beats go together: the loss is measured before anything is written")
    }
    guard weights != nil || withoutClasses || output == nil else {
      throw ValidationError("-o is for --weights and --without-classes")
    }
    guard !json || weights != nil else { throw ValidationError("--json is for --weights") }
    guard largestLoss >= 0 else { throw ValidationError("--largest-loss is 0 or more percentage points") }
    guard seconds > 0, seconds < 1e9 else { throw ValidationError("--seconds is more than 0, and not \(seconds)") }
  }

  func run() throws {
    let url = URL(filePath: model)
    for place in [output, header].compactMap(\.self) { try requireWritable(URL(filePath: place)) }
    guard let weights, let beats else { return try withoutClasses ? writeWithoutPeople(url) : writeHeader(of: url) }
    let prepared = try PreparedBeats.read(URL(filePath: beats))
    let compact = try CompactModel(url, as: weights, judgedBy: prepared.beats, digest: prepared.digest)
    if json { try printJSON(compact.comparison) } else { print(text(compact.comparison)) }
    guard compact.comparison.loss <= largestLoss else {
      throw WorkflowError.option(
        "nothing is written: that costs \(points(compact.comparison.loss)) percentage points, more than the"
          + " \(points(largestLoss)) of --largest-loss")
    }
    if withoutClasses {
      try compact.withFile { try writeWithoutPeople($0) }
    } else if let output {
      try compact.write(to: URL(filePath: output))
      report(output)
      try writeHeader(of: URL(filePath: output))
    } else {
      try compact.withFile { try writeHeader(of: $0) }
    }
  }

  private func writeWithoutPeople(_ url: URL) throws {
    guard let output else { return try ECGWorkflow.withoutClasses(url) { try writeHeader(of: $0) } }
    try writeWithoutClasses(url, to: URL(filePath: output))
    report(output)
    try writeHeader(of: URL(filePath: output))
  }

  private func writeHeader(of url: URL) throws {
    guard let header else { return }
    var use = StaticMemory.Use(longestSeconds: seconds, samplingRate: rate)
    use.stream = stream.choice
    use.templates = gallery
    let array = try CArray(of: url, name: name, for: use)
    try array.write(to: URL(filePath: header))
    report(header)
  }

  private func report(_ file: String) {
    if !json { print("\(model) -> \(file)") }
  }

  private func text(_ comparison: CompactModel.Comparison) -> String {
    func percent(_ count: CorrectCount) -> String { String(format: "%.2f %%", 100 * count.share) }
    let beats = comparison.part == "other" ? "beats of people it knows" : "\(comparison.part) beats"
    var text = """
      \(comparison.before.count) \(beats), each alone
        accuracy              \(percent(comparison.before)) -> \(percent(comparison.after))
        other answers         \(comparison.changed)
        probabilities change  by at most \(String(format: "%.4f", comparison.largestProbabilityChange))
      """
    if let change = comparison.largestOutlierScoreChange {
      text += "\n  outlier scores change by at most \(String(format: "%.1f %%", 100 * change))"
    }
    if let outliers = comparison.outliers {
      func share(_ turnedAway: Int) -> String {
        percent(CorrectCount(turnedAway, of: comparison.before.count))
      }
      text += """

          turned away           \(share(outliers.turnedAwayBefore)) -> \(share(outliers.turnedAwayAfter)), \
        threshold \(outliers.thresholdBefore) -> \(outliers.thresholdAfter)
          outlier references    \(outliers.references), \
        \(outliers.isMadeAnew ? "made anew with the threshold" : "rounded; the threshold is the old one")
        """
    }
    return text + "\n  file                  \(comparison.bytesBefore) -> \(comparison.bytesAfter) bytes"
  }

  private func points(_ loss: Double) -> String { String(format: "%.2f", loss) }
}

extension WeightForm: ExpressibleByArgument {}
