import CECGKernels

/// The little complex arithmetic that filter design needs.
struct Complex: BitwiseCopyable {
  var re: Double
  var im: Double

  init(_ re: Double, _ im: Double) {
    self.re = re
    self.im = im
  }

  var squaredMagnitude: Double { re * re + im * im }
  var magnitude: Double { ecg_sqrt(squaredMagnitude) }

  /// The square root with a non-negative real part.
  var squareRoot: Complex {
    let size = magnitude
    let real = ecg_sqrt(max(0, (size + re) / 2))
    let imaginary = ecg_sqrt(max(0, (size - re) / 2))
    return Complex(real, im < 0 ? -imaginary : imaginary)
  }

  /// (4 + s) / (4 − s): the bilinear transform at a rate of 2.
  var bilinear: Complex {
    let (a, b) = (Complex(4 + re, im), Complex(4 - re, -im))
    let size = b.squaredMagnitude
    return Complex((a.re * b.re + a.im * b.im) / size, (a.im * b.re - a.re * b.im) / size)
  }

  static func + (a: Complex, b: Complex) -> Complex { Complex(a.re + b.re, a.im + b.im) }
  static func - (a: Complex, b: Complex) -> Complex { Complex(a.re - b.re, a.im - b.im) }
  static func * (a: Complex, b: Complex) -> Complex {
    Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
  }
  static func * (a: Complex, b: Double) -> Complex { Complex(a.re * b, a.im * b) }
}
