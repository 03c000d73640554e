import CECGKernels
import ECGCore

/// Sparsity-assisted signal smoothing: removes noise from a signal that is smooth apart from sparse sudden changes
/// (Selesnick 2017, "Sparsity-assisted signal smoothing (revisited)", doi 10.1109/ICASSP.2017.7953017).
///
/// With the zero-phase high-pass filter A⁻¹B of order 2d, and B = B₁D for the difference D of order K, it finds
///
///     u = argmin ½ ‖A⁻¹(B y − B₁ u)‖² + λ ‖u‖₁     and returns     x = y − A⁻¹(B y − B₁ u)
///
/// The paper minimises by majorisation, which takes a hundred to a thousand steps on an electrocardiogram. Here a
/// primal–dual interior-point method with Mehrotra's predictor and corrector walks to the same minimum in about ten,
/// and each of them costs the same banded factorisation. Its dual problem is
///
///     min ½ zᵀAAz − zᵀBy     with |B₁ᵀz| ≤ λ,     where u = `up` − `down` are the multipliers of the two bounds.
///
/// A small proximal term δ/2 ‖u − last u‖² bounds the weights, so that double precision suffices; it vanishes at the
/// minimum and does not move it. Time and memory are linear in the signal.
public struct SASS {
  public struct Report: Equatable, Sendable {
    public var iterations = 0
    /// Whether the result is proven to lie within 0.002 (root mean square, for a signal of unit variance) of the
    /// minimiser, by the gap between its cost and a feasible dual's.
    public var converged = false
  }

  public let order: Int
  public let sparseOrder: Int
  public let penalty: Double
  public let iterationLimit: Int
  private var filter = ecg_sass()

  /// The shortest signal, in samples.
  public static var shortest: Int { Int(ECG_SASS_SHORTEST) }
  /// The proximal weight δ, relative to 1/λ.
  private static var proximal: Double { 1e-3 }
  /// The error that iterations aim at, and the one that `converged` promises: root mean square at unit variance.
  private static var aim: Double { 1e-4 }
  private static var promise: Double { 2e-3 }

  /// - Parameters:
  ///   - cutoff: the filter's cut-off frequency in cycles per sample, below ½
  ///   - order: d, 1 to 3
  ///   - sparseOrder: K, 1 to 2d
  ///   - penalty: λ, for a signal of unit variance
  ///   - iterationLimit: the most interior-point steps
  public init(cutoff: Double, order: Int, sparseOrder: Int, penalty: Double, iterationLimit: Int = 50) throws(Status) {
    guard cutoff > 0, cutoff < 0.5, (1...3).contains(order), sparseOrder >= 1, sparseOrder <= 2 * order, penalty > 0,
      penalty.isFinite, iterationLimit > 0
    else { throw .configuration }
    self.order = order
    self.sparseOrder = sparseOrder
    self.penalty = penalty
    self.iterationLimit = iterationLimit
    ecg_sass_design(&filter, Int32(order), Int32(sparseOrder), cutoff)
  }

  public init(_ configuration: PipelineConfiguration) throws(Status) {
    try self.init(
      cutoff: configuration.sassCutoff / configuration.samplingRate, order: Int(configuration.sassOrder),
      sparseOrder: Int(configuration.sassSparseOrder), penalty: configuration.sassPenalty,
      iterationLimit: Int(configuration.sassIterations))
  }

  /// The pieces of memory that smoothing `count` samples needs: 14 doubles per sample at order 2.
  struct Workspace {
    let padded: Int
    let bands, numerator, z, v, up, down, weight, right, q, affine: UnsafeMutableBufferPointer<Double>

    init(count: Int, order: Int, arena: inout Arena) throws(Status) {
      let (rounded, overflow) = count.addingReportingOverflow(7)
      guard !overflow, count <= Int.max / 16 else { throw .signalTooLong }
      padded = rounded & ~7
      bands = try arena.take(Double.self, count * (2 * order + 1))
      numerator = try arena.take(Double.self, count)
      z = try arena.take(Double.self, count)
      v = try arena.take(Double.self, padded)
      up = try arena.take(Double.self, padded)
      down = try arena.take(Double.self, padded)
      weight = try arena.take(Double.self, padded)
      right = try arena.take(Double.self, padded)
      q = try arena.take(Double.self, padded)
      affine = try arena.take(Double.self, padded)
    }
  }

  /// Replaces a signal of zero mean and unit variance by its smoothed self.
  ///
  /// Throws `signalTooShort` below `shortest` samples, `bufferTooSmall` when the arena is.
  public func smooth(_ samples: inout MutableSpan<Float>, arena: inout Arena) throws(Status) -> Report {
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    let workspace = try Workspace(count: samples.count, order: order, arena: &arena)
    guard samples.count >= Self.shortest else { throw .signalTooShort }
    return samples.withUnsafeMutableBufferPointer { smooth($0, workspace) }
  }

  func smooth(_ samples: UnsafeMutableBufferPointer<Float>, _ workspace: Workspace) -> Report {
    let count = samples.count
    let width = 2 * order
    var filter = self.filter
    let columns = count - Int(filter.shrinks)
    let padded = workspace.padded
    guard let y = samples.baseAddress, let bands = workspace.bands.baseAddress,
      let numerator = workspace.numerator.baseAddress, let z = workspace.z.baseAddress,
      let v = workspace.v.baseAddress, let up = workspace.up.baseAddress, let down = workspace.down.baseAddress,
      let weight = workspace.weight.baseAddress, let right = workspace.right.baseAddress,
      let q = workspace.q.baseAddress, let affine = workspace.affine.baseAddress
    else { return Report() }
    var report = Report()
    let lambda = penalty
    let delta = Self.proximal

    for i in 0..<count { z[i] = Double(y[i]) }
    ecg_sass_numerator(&filter, count, z, bands, numerator)
    for j in 0..<padded {
      v[j] = 0
      up[j] = 0.1
      down[j] = 0.1
      q[j] = 0
    }

    /// Solves for z with B₁ · right on top of the numerator; leaves B₁ᵀz in `destination`.
    func solve(factoring: Bool, into destination: UnsafeMutablePointer<Double>) -> Bool {
      ecg_sass_spread(&filter, count, right, z)
      for i in 0..<count { z[i] += numerator[i] }
      if factoring {
        guard ecg_banded_factor(Int32(width), count, bands, z) != 0 else { return false }
      } else {
        ecg_banded_forward(Int32(width), count, bands, z)
      }
      ecg_banded_backward(Int32(width), count, bands, z)
      ecg_sass_gather(&filter, count, z, destination)
      return true
    }

    var gap = 2 * 0.1 * lambda * Double(padded)
    var residual = 1.0
    let goal = 0.5 * Self.aim * Self.aim * Double(count)
    while report.iterations < iterationLimit {
      for j in columns..<padded { affine[j] = 0 }
      ecg_sass_weights(padded, lambda, delta, v, up, down, weight, right)
      ecg_sass_assemble(&filter, count, weight, bands)
      guard solve(factoring: true, into: affine) else { break }
      var curvature = 0.0
      let affineRatio = ecg_sass_affine(padded, lambda, delta, v, up, down, weight, affine, &curvature)
      let affineLength = min(1, 0.99 / affineRatio)
      let predicted = max(0, gap * (1 - affineLength) + curvature * affineLength * affineLength)
      let ratio = predicted / gap
      let centre = ratio * ratio * ratio * gap / (2 * Double(padded))
      // q holds the shift until the solution replaces it, so the shift goes where the bands' first row is not.
      ecg_sass_correction(padded, lambda, delta, centre, v, up, down, affine, right, q)
      guard solve(factoring: false, into: right) else { break }
      for j in columns..<padded { right[j] = 0 }
      let stepRatio = ecg_sass_direction(padded, lambda, delta, centre, v, up, down, q, right, weight, affine)
      let length = min(1, 0.99 / stepRatio)
      guard length > 0 else { break }  // also when a value is not a number
      gap = ecg_sass_advance(padded, lambda, length, right, weight, affine, v, up, down)
      residual *= 1 - length
      report.iterations += 1
      if gap <= goal && residual <= 1e-6 { break }
    }

    // The result from u, and the gap between its cost and that of the dual point that follows from it.
    for j in 0..<columns { right[j] = up[j] - down[j] }
    ecg_sass_spread(&filter, count, right, z)
    for i in 0..<count { z[i] = numerator[i] - z[i] }
    ecg_sass_filter_bands(&filter, count, bands)
    guard ecg_banded_factor(Int32(order), count, bands, z) != 0 else { return report }
    ecg_banded_backward(Int32(order), count, bands, z)
    var energy = 0.0
    for i in 0..<count {
      y[i] -= Float(z[i])
      energy += z[i] * z[i]
    }
    ecg_banded_forward(Int32(order), count, bands, z)
    ecg_banded_backward(Int32(order), count, bands, z)
    ecg_sass_gather(&filter, count, z, q)
    var largest = 0.0
    var magnitude = 0.0
    for j in 0..<columns {
      largest = max(largest, abs(q[j]))
      magnitude += abs(right[j])
    }
    var work = 0.0
    for i in 0..<count { work += z[i] * numerator[i] }
    let shrink = largest > lambda ? lambda / largest : 1
    let dual = shrink * work - 0.5 * shrink * shrink * energy
    let proven = 0.5 * energy + lambda * magnitude - dual
    report.converged = proven <= 0.5 * Self.promise * Self.promise * Double(count)
    return report
  }
}
