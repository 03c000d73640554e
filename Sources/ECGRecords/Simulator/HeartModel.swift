import Foundation

/// One of the waves P, Q, R, S and T as the model sees it: a Gaussian bump over the angle of the cardiac cycle.
public struct Wave: Sendable, Hashable {
  public var name: String
  /// Radians, R at 0.
  public var angle: Double
  /// Height in millivolts; below 0 for a trough.
  public var amplitude: Double
  /// Standard deviation in radians.
  public var width: Double

  public init(name: String, angle: Double, amplitude: Double, width: Double) {
    self.name = name
    self.angle = angle
    self.amplitude = amplitude
    self.width = width
  }
}

/// The dynamical model of the electrocardiogram of McSharry, Clifford, Tarassenko and Smith (2003, equation 1,
/// doi 10.1109/TBME.2003.808805): a point is drawn to the unit circle in (x, y) and goes round once a beat, while z, the
/// voltage, is pushed up and down at the angles of the waves and drawn to a baseline that follows respiration.
///
///     dx/dt = αx − ωy      α = 1 − √(x² + y²)
///     dy/dt = αy + ωx      θ = atan2(y, x)
///     dz/dt = −Σ aᵢ Δθᵢ exp(−Δθᵢ² / 2bᵢ²) − (z − z₀(t))      Δθᵢ = θ − θᵢ in (−π, π]
///
/// The paper gives each wave a strength aᵢ; here it follows from the wave's height in millivolts, aᵢ = height · ω / bᵢ²,
/// with the mean ω: integrated over a passage, that makes a bump of this height.
struct HeartModel {
  var waves: [Wave]
  /// Mean angular velocity, radians per second.
  var meanVelocity: Double
  /// Of the baseline z₀: millivolts and hertz.
  var respiratoryAmplitude = 0.0
  var respiratoryFrequency = 0.25

  private struct Term {
    var angle: Double
    var strength: Double
    var exponent: Double
    /// Farther away than this the bump is below 1e-14 of its height.
    var reach: Double
  }

  /// Solves the equations with the fourth-order Runge–Kutta method and a fixed step.
  ///
  /// The point starts between two beats (angle −π, z = 0). Beat k takes `beats[k]` steps from R to R at constant ω; before
  /// the first R lie `leadIn` steps for half a turn.
  ///
  /// - Parameters:
  ///   - step: seconds. The waves last some tens of milliseconds, so 1 ms or less.
  /// - Returns: z in millivolts, one value per step from the start on: `leadIn` plus all beats.
  func solve(leadIn: Int, beats: [Int], step: Double) -> [Double] {
    let terms = waves.map { wave in
      Term(
        angle: wave.angle, strength: wave.amplitude * meanVelocity / (wave.width * wave.width),
        exponent: -0.5 / (wave.width * wave.width), reach: 8 * wave.width)
    }
    let total = beats.reduce(leadIn, +)
    var x = -1.0
    var y = 0.0
    var z = 0.0
    return [Double](unsafeUninitializedCapacity: total) { output, count in
      terms.withUnsafeBufferPointer { terms in
        func slope(_ x: Double, _ y: Double, _ z: Double, _ velocity: Double, _ time: Double) -> (
          x: Double, y: Double, z: Double
        ) {
          let attraction = 1 - (x * x + y * y).squareRoot()
          let angle = atan2(y, x)
          var push = respiratoryAmplitude * sin(2 * .pi * respiratoryFrequency * time) - z
          for term in terms {
            var distance = angle - term.angle
            if distance > .pi { distance -= 2 * .pi } else if distance <= -.pi { distance += 2 * .pi }
            if abs(distance) < term.reach {
              push -= term.strength * distance * exp(distance * distance * term.exponent)
            }
          }
          return (attraction * x - velocity * y, attraction * y + velocity * x, push)
        }

        var index = 0
        func advance(steps: Int, turn: Double) {
          let velocity = turn / (Double(steps) * step)
          for _ in 0..<steps {
            output[index] = z
            let time = Double(index) * step
            let half = step / 2
            let a = slope(x, y, z, velocity, time)
            let b = slope(x + half * a.x, y + half * a.y, z + half * a.z, velocity, time + half)
            let c = slope(x + half * b.x, y + half * b.y, z + half * b.z, velocity, time + half)
            let d = slope(x + step * c.x, y + step * c.y, z + step * c.z, velocity, time + step)
            x += step / 6 * (a.x + 2 * (b.x + c.x) + d.x)
            y += step / 6 * (a.y + 2 * (b.y + c.y) + d.y)
            z += step / 6 * (a.z + 2 * (b.z + c.z) + d.z)
            index += 1
          }
        }
        advance(steps: leadIn, turn: .pi)
        for steps in beats { advance(steps: steps, turn: 2 * .pi) }
      }
      count = total
    }
  }
}
