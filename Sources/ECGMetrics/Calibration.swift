/// Whether probabilities mean what they say: of beats named with 80 %, are 80 % named rightly?
public struct Calibration: Equatable, Sendable {
  /// Beats whose named person's probability lies in (lower, upper]; the first bin also holds 0.
  public struct Bin: Equatable, Sendable {
    public var lower: Double
    public var upper: Double
    public var count: Int
    /// Mean probability of the person named; nil without beats.
    public var confidence: Double?
    /// Share of beats named rightly; nil without beats.
    public var accuracy: Double?
  }

  public private(set) var bins: [Bin]
  /// Mean distance of confidence from accuracy over the bins, each weighted by its beats (Naeini, Cooper,
  /// Hauskrecht 2015); nil without beats.
  public private(set) var expectedError: Double?

  /// - Parameters:
  ///   - answers: each beat's probability of the person named, and whether that was right.
  public init(_ answers: some Sequence<(confidence: Double, isCorrect: Bool)>, binCount: Int = 10) {
    let step = 1 / Double(binCount)
    let edges = (0...binCount).map { $0 == binCount ? 1 : Double($0) * step }
    var counts = [Int](repeating: 0, count: binCount)
    var correct = counts
    var sums = [Double](repeating: 0, count: binCount)
    for (confidence, isCorrect) in answers {
      let bin = edges[1..<binCount].firstIndex { confidence <= $0 }.map { $0 - 1 } ?? binCount - 1
      counts[bin] += 1
      sums[bin] += confidence
      if isCorrect { correct[bin] += 1 }
    }
    bins = (0..<binCount).map { bin in
      Bin(
        lower: edges[bin], upper: edges[bin + 1], count: counts[bin],
        confidence: counts[bin] > 0 ? sums[bin] / Double(counts[bin]) : nil, accuracy: ratio(correct[bin], counts[bin]))
    }
    let total = counts.reduce(0, +)
    guard total > 0 else { return }
    expectedError = bins.reduce(0) { sum, bin in
      guard let confidence = bin.confidence, let accuracy = bin.accuracy else { return sum }
      return sum + Double(bin.count) / Double(total) * abs(confidence - accuracy)
    }
  }
}
