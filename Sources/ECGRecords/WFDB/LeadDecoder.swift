import CECGKernels

/// Turns one signal's stored values into millivolts, from the signal's first sample to its last, and keeps what the
/// header says of them in view: the first value and the sum.
struct LeadDecoder {
  private let signal: WFDBHeader.Signal
  private let place: SignalPlace
  private let isDifference: Bool
  private let missing: Int32?
  private let baseline: Double
  private let stepsPerMillivolt: Double
  /// Whether `Float` is enough to give the same result as `Double`: whole numbers of 24 bits are exact in it.
  private let fitsFloat: Bool
  /// The last sample, where differences are stored.
  private var last: Int32
  private var first: Int32?
  private var sum: Int32 = 0

  /// - Parameter file: as errors name it.
  init(
    _ signal: WFDBHeader.Signal, format: any SignalFormat.Type, place: SignalPlace,
    file: @autoclosure () -> String
  ) throws(RecordError) {
    self.signal = signal
    self.place = place
    isDifference = format.isDifference
    missing = format.missing
    baseline = Double(signal.baseline)
    stepsPerMillivolt = signal.gain * (try unitsPerMillivolt(signal, file: file()))
    fitsFloat =
      format.bitCount <= 24 && abs(baseline) < 0x1p23 && Double(Float(stepsPerMillivolt)) == stepsPerMillivolt
    last = Int32(truncatingIfNeeded: signal.initialValue ?? signal.zero)
  }

  /// Samples decoded at a time; small enough to stay in the nearest cache.
  private static let pieceLength = 2048

  /// Decodes the samples from `start` on of the file's present piece.
  mutating func decode(_ file: any SignalFile, from start: Int, into samples: UnsafeMutableBufferPointer<Float>) {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: Self.pieceLength) { room in
      var done = 0
      while done < samples.count {
        let count = min(Self.pieceLength, samples.count - done)
        let values = UnsafeMutableBufferPointer(rebasing: room[..<count])
        file.decode(place, from: start + done, into: values)
        if isDifference { addUp(values) }
        if first == nil { first = values[0] }
        sum &+= millivolts(from: values, to: UnsafeMutableBufferPointer(rebasing: samples[done..<done + count]))
        done += count
      }
    }
  }

  private mutating func addUp(_ values: UnsafeMutableBufferPointer<Int32>) {
    for k in values.indices {
      last &+= values[k]
      values[k] = last
    }
  }

  /// Returns the sum of the stored values, modulo 2³².
  private func millivolts(
    from values: UnsafeMutableBufferPointer<Int32>, to samples: UnsafeMutableBufferPointer<Float>
  ) -> Int32 {
    guard let input = values.baseAddress, let output = samples.baseAddress else { return 0 }
    if fitsFloat, let missing {
      return ecg_millivolts(input, values.count, missing, Float(baseline), Float(stepsPerMillivolt), output)
    }
    return ecg_millivolts_double(
      input, values.count, missing == nil ? 0 : 1, missing ?? 0, baseline, stepsPerMillivolt, output)
  }

  /// Compares what was decoded with the header, after the last sample.
  ///
  /// A header whose checksum is 0 was written without one; its initial values are often stale, too.
  func verify(file: @autoclosure () -> String) throws(RecordError) {
    guard let checksum = signal.checksum, checksum != 0 else { return }
    if let initial = signal.initialValue, let first, initial != Int(first), !isDifference {
      throw .wrongInitialValue(file: file(), signal: signal.description, found: Int(first), promised: initial)
    }
    let sum = Int16(truncatingIfNeeded: sum)
    guard sum == Int16(truncatingIfNeeded: checksum) else {
      throw .wrongChecksum(file: file(), signal: signal.description, found: Int(sum), promised: checksum)
    }
  }
}

/// How many of the signal's units make a millivolt.
private func unitsPerMillivolt(_ signal: WFDBHeader.Signal, file: @autoclosure () -> String) throws(RecordError)
  -> Double
{
  if signal.unit == "mV" { return 1 }
  return switch signal.unit.lowercased() {
  case "mv", "": 1
  case "v": 1e-3
  case "uv", "\u{B5}v", "\u{3BC}v": 1e3
  case "nv": 1e6
  default: throw .notAVoltage(file: file(), signal: signal.description, unit: signal.unit)
  }
}
