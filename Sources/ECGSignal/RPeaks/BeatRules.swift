/// What makes a series of beats likely. Scores are logarithms of odds: 0 is undecided.
enum BeatRules {
  /// A candidate is as likely a beat as not at this share of the way from the height between beats to that of beats.
  static var threshold: Float { 0.30 }
  /// The height between beats that peaks of noise reach, in units of the envelope's median there.
  static var noisePeak: Float { 1.6 }
  /// How fast the score grows with the logarithm of the height, and its bounds.
  static var steepness: Float { 3.4 }
  static var bestScore: Float { 3 }
  static var worstScore: Float { -12 }
  /// Beyond this many heights of a beat a candidate is rather an artefact.
  static var giant: Float { 3.8 }
  static var giantSteepness: Float { 3 }

  /// A pause longer than this many usual intervals costs so much per interval, up to `longestGap` of them.
  static var gapStart: Float { 1.1 }
  static var gapCost: Float { 2.5 }
  static var longestGap: Float { 1.1 }
  /// An interval shorter than this share of the usual one costs up to so much.
  static var earlyShare: Float { 0.88 }
  static var earlyCost: Float { 3 }
  /// Within this many seconds of a beat, what is lower than this share of it is rather its T wave.
  static var tWaveWindow: Float { 0.42 }
  static var tWaveShare: Float { 0.62 }
  static var tWaveCost: Float { 7 }

  /// The height of beats is the lower of those before and after, yet no less than this share of the higher.
  static var leastShare: Float { 0.3 }
  /// No beat is lower than some share of this, in mV: a flat signal's last bits are no beats.
  static var leastHeight: Float { 0.003 }
  /// Blocks of half a second that are looked at before and after.
  static var blocksBefore: Int64 { 16 }
  static var blocksAfter: Int64 { 8 }
  static var excessShare: Float { 0.25 }
  static var memoryShare: Float { 0.5 }
  static var forgetAfter: Float { 3 }
  static var forgetTime: Float { 3 }
  static var dullStart: Float { 0.3 }
  static var dullCost: Float { 6 }
  static var dullHeight: Float { 1.2 }
  static var quickInterval: Float { 0.7 }
  static var tallRank: Float { 0.15 }
  static var cleanNoise: Float { 0.09 }
  static var fullNoise: Float { 0.26 }
  static var earlyClean: Float { 0.3 }
  static var memoryRate: Float { 0.1 }
  static var memoryMargin: Float { 1.5 }
  static var rhythmCost: Float { 1.5 }
  static var rhythmWidth: Float { 0.3 }
  static var shapeWeight: Float { 3 }
  static var shapeMiddle: Float { 0.6 }
  static var shapeFloor: Float { 0.23 }
  static var noiseBias: Float { 0.62 }
  static var floorMost: Float { 0.8 }
  static var slowAbove: Float { 0.75 }
  static var slowBelow: Float { 1.6 }
  static var fastBelow: Float { 2.5 }
}
