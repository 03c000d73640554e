import CECGKernels
import ECGCore

/// The direction that several beats' embeddings share: each is scaled to unit length, and so is their mean. A template
/// is one of the enrolment's beats, a probe one of the beats to be recognised.
///
/// The direction alone carries the person: an embedding's length mostly tells how typical a beat is, and would let one
/// beat outvote the others.
public struct MeanEmbedding {
  private let sum: UnsafeMutableBufferPointer<Float>
  public private(set) var count = 0

  /// A mean of nothing yet. `sum` has a value per dimension and is the mean's working memory.
  public init(_ sum: UnsafeMutableBufferPointer<Float>) {
    self.sum = sum
    for index in 0..<sum.count { sum[index] = 0 }
  }

  /// Takes one beat's embedding. Throws `argument`, and takes nothing, when it is not finite or has no direction.
  public mutating func add(_ embedding: UnsafeBufferPointer<Float>) throws(Status) {
    guard embedding.count == sum.count else { throw .argument }
    let scale = try MeanEmbedding.scale(embedding)
    for index in 0..<sum.count { sum[index] += embedding[index] * scale }
    count &+= 1
  }

  /// Writes the mean, scaled to unit length. Throws `argument` when there is none, or the embeddings cancel out.
  public func write(to target: UnsafeMutableBufferPointer<Float>) throws(Status) {
    guard target.count == sum.count, count > 0 else { throw .argument }
    let scale = try MeanEmbedding.scale(UnsafeBufferPointer(sum))
    for index in 0..<sum.count { target[index] = sum[index] * scale }
  }

  /// 1 / length.
  private static func scale(_ values: UnsafeBufferPointer<Float>) throws(Status) -> Float {
    let square = squaredLength(values)
    guard square.isFinite, square > 1e-24, square < 1e24 else { throw .argument }
    return Float(1 / ecg_sqrt(square))
  }
}

func squaredLength(_ values: UnsafeBufferPointer<Float>) -> Double {
  var square = 0.0
  for index in 0..<values.count { square += Double(values[index]) * Double(values[index]) }
  return square
}
