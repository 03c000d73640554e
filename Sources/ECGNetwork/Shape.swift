/// The shape of one sample's values between two layers (the batch is not part of it), channels last as in Keras.
///
/// - rank 1: `channels` features (height = width = 1)
/// - rank 2: `width` steps × `channels` (height = 1), what Keras' 1-D layers take
/// - rank 3: `height` × `width` × `channels`, what Keras' 2-D layers take
public struct Shape: Equatable, Sendable, BitwiseCopyable {
  public let rank: Int32
  public let height: Int32
  public let width: Int32
  public let channels: Int32

  public static func features(_ channels: Int) -> Shape { Shape(1, 1, 1, channels) }
  public static func steps(_ width: Int, channels: Int) -> Shape { Shape(2, 1, width, channels) }
  public static func image(_ height: Int, _ width: Int, channels: Int) -> Shape { Shape(3, height, width, channels) }

  /// A shape as a file stores it; whether it makes sense is for `count` and the network to say.
  public init(rank: Int32, height: Int32, width: Int32, channels: Int32) {
    self.rank = rank
    self.height = height
    self.width = width
    self.channels = channels
  }

  init(_ rank: Int, _ height: Int, _ width: Int, _ channels: Int) {
    self.rank = Int32(clamping: rank)
    self.height = Int32(clamping: height)
    self.width = Int32(clamping: width)
    self.channels = Int32(clamping: channels)
  }

  /// Steps, or places of an image.
  public var positions: Int { Int(height) &* Int(width) }

  /// The largest number of values in one sample: keeps every size computation behind it far from overflow.
  public static var largestCount: Int { 1 << 28 }

  /// Number of values in one sample; 0 when a dimension is not positive or the product exceeds `largestCount`.
  public var count: Int {
    guard height > 0, width > 0, channels > 0 else { return 0 }
    let (area, areaOverflow) = Int(height).multipliedReportingOverflow(by: Int(width))
    let (count, countOverflow) = area.multipliedReportingOverflow(by: Int(channels))
    guard !areaOverflow, !countOverflow, count <= Shape.largestCount else { return 0 }
    return count
  }
}
