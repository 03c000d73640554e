import ECGCore

/// Decides which beats of a recording are whole: their window lies within it, nothing in it is missing, and its height
/// is that of a heartbeat.
struct BeatWindows {
  let before: Int
  let after: Int
  /// Smallest span of a beat's values, in mV.
  let smallestAmplitude: Float
  let amplitudeRatio: Float

  var length: Int { before + after }

  /// The largest minus the smallest value of the beat around `peak`, which must lie within the signal.
  func span(_ signal: UnsafeBufferPointer<Float>, _ peak: Int) -> Float {
    var (low, high) = (Float.infinity, -Float.infinity)
    for i in (peak - before)..<(peak + after) {
      low = min(low, signal[i])
      high = max(high, signal[i])
    }
    return high - low
  }

  func isWithin(_ peak: Int, _ count: Int) -> Bool { peak >= before && peak <= count - after }

  /// Keeps the peaks whose beats are usable and counts the others by reason in `report`. Returns how many are left.
  ///
  /// - Parameter touchesGap: whether the window around a peak touches missing samples
  func select(
    _ signal: UnsafeBufferPointer<Float>, _ peaks: UnsafeMutableBufferPointer<Int>, count: Int,
    spans: UnsafeMutableBufferPointer<Float>, report: inout PipelineReport, touchesGap: (Int) -> Bool
  ) -> Int {
    var kept = 0
    for k in 0..<count {
      let peak = peaks[k]
      guard isWithin(peak, signal.count) else {
        report.bordering += 1
        continue
      }
      guard !touchesGap(peak) else {
        report.gapped += 1
        continue
      }
      let height = span(signal, peak)
      guard height >= smallestAmplitude, height > 0 else {
        report.flat += 1
        continue
      }
      peaks[kept] = peak
      spans[kept] = height
      kept += 1
    }
    let middle = median(spans, kept)
    let candidates = kept
    kept = 0
    for k in 0..<candidates {
      let height = span(signal, peaks[k])
      guard height <= middle * amplitudeRatio, height * amplitudeRatio >= middle else {
        report.oddAmplitude += 1
        continue
      }
      peaks[kept] = peaks[k]
      kept += 1
    }
    return kept
  }
}

/// The upper median of the first `count` values, which it reorders (Hoare's selection); 0 for none.
func median(_ values: UnsafeMutableBufferPointer<Float>, _ count: Int) -> Float {
  guard count > 0 else { return 0 }
  let target = count / 2
  var (low, high) = (0, count - 1)
  while low < high {
    let pivot = values[low + (high - low) / 2]
    var (i, j) = (low, high)
    while i <= j {
      while values[i] < pivot { i += 1 }
      while values[j] > pivot { j -= 1 }
      if i <= j {
        (values[i], values[j]) = (values[j], values[i])
        i += 1
        j -= 1
      }
    }
    if target <= j {
      high = j
    } else if target >= i {
      low = i
    } else {
      break
    }
  }
  return values[target]
}
