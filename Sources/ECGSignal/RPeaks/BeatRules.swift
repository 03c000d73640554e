/// What makes a series of beats likely. Scores and costs are logarithms of odds: 0 is undecided.
///
/// Chosen on six records of the MIT-BIH database (101 105 106 111 113 118, both leads), the same with noise of several
/// kinds added, and rhythms and shapes made from their beats: pauses, blocked beats, fibrillation, steps of amplitude,
/// tall T waves, pacing, half and double the rate. The other records had no part in it.
enum BeatRules {
  // MARK: Height

  /// A candidate is as likely a beat as not at this share of the way from what lies between beats to beats.
  static var threshold: Float { 0.30 }
  /// The height that peaks of noise between beats reach, in units of the envelope's usual value there, and as a share of
  /// that of beats at most.
  static var noisePeak: Float { 1.6 }
  static var floorMost: Float { 0.8 }
  /// How fast the score grows with the logarithm of the height, and slower beyond `bestScore`.
  static var steepness: Float { 3.4 }
  static var bestScore: Float { 3 }
  static var excessShare: Float { 0.25 }
  static var worstScore: Float { -12 }
  /// Beyond this many heights of a beat a candidate is rather an artefact.
  static var giant: Float { 3.8 }
  static var giantSteepness: Float { 3 }

  // MARK: Levels

  /// Blocks of half a second that are looked at before and after a candidate.
  static var blocksBefore: Int64 { 16 }
  static var blocksAfter: Int64 { 8 }
  /// The rank of the height of beats among the tallest of each 1.5 s: low, since artefacts are taller than beats.
  static var tallRank: Float { 0.15 }
  /// The height of beats is the lower of those before and after, yet no less than this share of the higher, nor than
  /// `leastHeight` (mV): a flat signal's last bits are no beats.
  static var leastShare: Float { 0.3 }
  static var leastHeight: Float { 0.003 }
  /// Nor is it less than this share of the running mean over beats, which is forgotten after so many seconds without one.
  static var memoryShare: Float { 0.5 }
  static var forgetAfter: Float { 3 }
  static var forgetTime: Float { 3 }
  static var memoryRate: Float { 0.1 }
  /// In noise it is no more than this multiple of that mean.
  static var memoryMargin: Float { 1.5 }
  /// Noise is none and full at these shares of what lies between beats and the height of beats …
  static var cleanNoise: Float { 0.09 }
  static var fullNoise: Float { 0.26 }
  /// … at intervals of at least so many seconds; quicker beats are more of the signal themselves.
  static var quickInterval: Float { 0.7 }

  // MARK: Spikes

  /// A wave of milliseconds is a spike when it is so many times as tall as the envelope of beats (QRS complexes reach
  /// 3), and so many times as tall as such waves were on average in so many seconds before.
  static var spikeHeight: Float { 3.5 }
  static var spikeAlone: Float { 50 }
  static var spikeMemory: Double { 0.3 }
  /// What may be left of it 12 ms later.
  static var spikeRest: Float { 0.25 }
  /// A candidate is nothing else than a spike when it holds a wave so many times as tall as its own envelope, and so
  /// many times as tall as such waves are on average around it.
  static var spikeCandidate: Float { 4.5 }
  static var spikeAround: Float { 24 }

  // MARK: Rhythm

  /// A pause of more usual intervals than this costs so much for each, and for no more than `longestGap` of them: a beat
  /// within a long pause must not cost more than it gains.
  static var gapStart: Float { 1.1 }
  static var gapCost: Float { 2.5 }
  static var longestGap: Float { 1.1 }
  /// An interval shorter than this share of the usual one costs up to so much in noise, and a share of it without.
  static var earlyShare: Float { 0.88 }
  static var earlyCost: Float { 3 }
  static var earlyClean: Float { 0.3 }
  /// In noise and a regular rhythm, an interval that differs by this share of the usual one costs so much.
  static var rhythmCost: Float { 1.5 }
  static var rhythmWidth: Float { 0.3 }

  // MARK: T waves

  /// Within so many seconds of a beat, what is lower than this share of it is rather its T wave …
  static var tWaveWindow: Float { 0.42 }
  static var tWaveShare: Float { 0.62 }
  static var tWaveCost: Float { 7 }
  /// … as is what has less of fast waves than the beat has, by this logarithm and more, and is not taller by far.
  static var dullStart: Float { 0.3 }
  static var dullCost: Float { 6 }
  static var dullHeight: Float { 1.2 }

  // MARK: Looks, in noise

  /// What a candidate has for nothing, and loses for each unit of logarithm by which it has more or less of slow waves,
  /// or less of fast waves, than beats usually have.
  static var noiseBias: Float { 0.62 }
  static var slowAbove: Float { 0.75 }
  static var slowBelow: Float { 1.6 }
  static var fastBelow: Float { 2.5 }
  /// What it gains for correlation with the usual shape above `shapeMiddle`, and loses below it, but for no more than
  /// `shapeFloor`: extrasystoles have a shape of their own.
  static var shapeWeight: Float { 3 }
  static var shapeMiddle: Float { 0.6 }
  static var shapeFloor: Float { 0.23 }
}
