import ArgumentParser
import ECGTraining

/// What training makes small, and how its steps change.
struct LossOptions: ParsableArguments {
  enum Choice: String, ExpressibleByArgument, CaseIterable {
    case crossEntropy = "cross-entropy"
    case cosface, arcface
  }

  @Option(
    help: """
      cross-entropy; or cosface or arcface, for networks whose classes are directions (if left out, cosface for \
      embedder1d, otherwise cross-entropy).
      """)
  var loss: Choice?

  @Option(help: "Of cosface and arcface: by how much the right class has to win, as a cosine or an angle (0.1).")
  var margin: Double?

  @Option(help: "Of cosface and arcface: what cosines are multiplied by (24, with --from 16).")
  var scale: Double?

  @Option(help: "Of adamw: the share of each weight that a step of learning rate 1 would take away.")
  var weightDecay: Double?

  @Option(
    help: ArgumentHelp(
      "Let the learning rate rise for this share of all steps, then fall along a cosine to 0; a negative one leaves it"
        + " constant (0.1 for embedder1d).", valueName: "share"))
  var warmUp: Double?

  func apply(to options: inout TrainingOptions) throws {
    let usual: Double =
      switch options.loss {
      case .crossEntropy: 0.1
      case .cosFace(_, let margin), .arcFace(_, let margin): margin
      }
    let (scale, margin) = (scale ?? options.loss.scale ?? 24, margin ?? usual)
    let kind: Choice =
      switch options.loss {
      case .crossEntropy: .crossEntropy
      case .cosFace: .cosface
      case .arcFace: .arcface
      }
    switch loss ?? kind {
    case .crossEntropy:
      guard self.scale == nil, self.margin == nil else {
        throw ValidationError("--scale and --margin are of cosface and arcface: --loss cosface")
      }
      options.loss = .crossEntropy
    case .cosface: options.loss = .cosFace(scale: scale, margin: margin)
    case .arcface: options.loss = .arcFace(scale: scale, margin: margin)
    }
    if let weightDecay {
      guard case .adamW = options.optimizer else {
        throw ValidationError("--weight-decay is of adamw: --optimizer adamw")
      }
      options.optimizer = .adamW(weightDecay: weightDecay)
    }
    if let warmUp { options.cosineDecay = warmUp < 0 ? nil : CosineDecay(warmUp: warmUp) }
  }
}
