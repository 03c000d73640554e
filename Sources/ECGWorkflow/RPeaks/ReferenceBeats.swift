import ECGRecords

/// What a record's annotations say of its beats.
public struct ReferenceBeats: Sendable, Equatable {
  /// Samples, ascending.
  public var positions: [Int]
  /// Ventricular flutter and fibrillation, in samples: there are no beats to be found or missed.
  public var flutter: [ClosedRange<Int>]

  /// - Parameters:
  ///   - annotations: in any order; those that mark no beat are passed over (`AnnotationCode.isBeat`).
  ///   - annotationRate, samplingRate: what the annotations count and what the positions shall count, in hertz.
  public init(_ annotations: [Annotation], annotationRate: Double, samplingRate: Double) {
    func position(_ annotation: Annotation) -> Int {
      guard annotationRate != samplingRate else { return annotation.sample }
      let scaled = (Double(annotation.sample) * samplingRate / annotationRate).rounded()
      return Int(exactly: scaled) ?? annotation.sample
    }
    let sorted = annotations.sorted { $0.sample < $1.sample }
    positions = sorted.filter(\.code.isBeat).map(position)
    flutter = []
    var onset: Int?
    for annotation in sorted {
      switch annotation.code.symbol {
      case "[": onset = onset ?? position(annotation)
      case "]":
        // One that ends without a beginning was there from the start.
        flutter.append(min(onset ?? 0, position(annotation))...position(annotation))
        onset = nil
      default: break
      }
    }
    if let onset { flutter.append(onset...max(onset, Int.max)) }
  }
}

extension FoundRPeaks {
  /// Beat by beat against reference beats of the same lead's sampling rate.
  ///
  /// - Parameters:
  ///   - tolerance: seconds, see `BeatComparison`.
  ///   - start: seconds from which beats count.
  public func compared(with reference: ReferenceBeats, tolerance: Double, from start: Double = 0) -> BeatComparison {
    BeatComparison(
      reference: reference.positions, found: positions, samplingRate: samplingRate, tolerance: tolerance, from: start,
      uncounted: reference.flutter)
  }

  /// As annotations: each a normal beat, the doubtful ones with subtype 1.
  public var annotations: [Annotation] {
    let doubtful = Set(doubtful ?? [])
    return positions.map { Annotation(sample: $0, code: .normal, subtype: doubtful.contains($0) ? 1 : 0) }
  }
}
