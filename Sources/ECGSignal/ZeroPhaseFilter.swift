import ECGCore

/// Runs a cascade of second-order sections over a signal forward and backward, so that nothing is shifted, as
/// `scipy.signal.sosfiltfilt` does.
struct ZeroPhaseFilter {
  /// One section of the cascade, with a₀ = 1: y = (b₀ + b₁z⁻¹ + b₂z⁻²) / (1 + a₁z⁻¹ + a₂z⁻²) x.
  struct Section: BitwiseCopyable {
    var b0 = 0.0
    var b1 = 0.0
    var b2 = 0.0
    var a1 = 0.0
    var a2 = 0.0
  }

  /// How many sections there are.
  let sections: Int
  /// Samples by which the signal is extended at either end, as an odd function about its end point.
  let padding: Int

  struct Workspace {
    let extended: UnsafeMutableBufferPointer<Double>
    let sections: UnsafeMutableBufferPointer<Section>

    init(count: Int, _ filter: ZeroPhaseFilter, arena: inout Arena) throws(Status) {
      guard count <= Int.max / 16 else { throw .signalTooLong }
      extended = try arena.take(Double.self, count + 2 * filter.padding)
      sections = try arena.take(Section.self, filter.sections)
    }
  }

  /// Filters in place with the sections in the workspace. A signal of `padding` samples or less stays as it is.
  func filter(_ samples: UnsafeMutableBufferPointer<Float>, _ workspace: Workspace) {
    let count = samples.count
    guard count > padding, let x = samples.baseAddress, let work = workspace.extended.baseAddress else { return }
    let first = 2 * Double(x[0])
    let last = 2 * Double(x[count - 1])
    for i in 0..<padding {
      work[i] = first - Double(x[padding - i])
      work[padding + count + i] = last - Double(x[count - 2 - i])
    }
    for i in 0..<count { work[padding + i] = Double(x[i]) }
    let length = count + 2 * padding
    run(workspace.sections, work, from: 0, step: 1, length)
    run(workspace.sections, work, from: length - 1, step: -1, length)
    for i in 0..<count { x[i] = Float(work[padding + i]) }
  }

  /// One pass over `values` in transposed direct form II, from the state in which the first value has been there for
  /// ever.
  private func run(
    _ cascade: UnsafeMutableBufferPointer<Section>, _ values: UnsafeMutablePointer<Double>, from start: Int, step: Int,
    _ length: Int
  ) {
    var level = values[start]
    for k in 0..<sections {
      let s = cascade[k]
      let gain = (s.b0 + s.b1 + s.b2) / (1 + s.a1 + s.a2)
      var second = (s.b2 - s.a2 * gain) * level
      var first = (s.b1 - s.a1 * gain) * level + second
      level *= gain
      var i = start
      for _ in 0..<length {
        let x = values[i]
        let y = s.b0 * x + first
        first = s.b1 * x - s.a1 * y + second
        second = s.b2 * x - s.a2 * y
        values[i] = y
        i += step
      }
    }
  }
}
