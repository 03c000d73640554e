/// The k smallest distances offered so far and whose they are, nearest first, in memory of the caller's.
///
/// Candidates must be offered in ascending order of their index: at equal distance the earlier one stays ahead.
struct NearestNeighbours {
  private let distances: UnsafeMutableBufferPointer<Float>
  private let indices: UnsafeMutableBufferPointer<Int32>
  private(set) var count = 0

  /// Room for k = `distances.count`.
  init(_ distances: UnsafeMutableBufferPointer<Float>, _ indices: UnsafeMutableBufferPointer<Int32>, count: Int = 0) {
    self.distances = distances
    self.indices = indices
    self.count = count
  }

  var isFull: Bool { count == distances.count }

  /// What a candidate must be nearer than.
  var limit: Float { isFull ? distances[count &- 1] : .infinity }

  /// Takes a candidate when it is finite and among the k nearest. Most are not, which one comparison finds; the others
  /// are moved into place.
  mutating func offer(_ distance: Float, _ index: Int32) {
    if isFull {
      guard distance < distances[count &- 1] else { return }
    } else {
      guard distance.isFinite else { return }
      count &+= 1
    }
    var place = count &- 1
    while place > 0 && distances[place &- 1] > distance {
      distances[place] = distances[place &- 1]
      indices[place] = indices[place &- 1]
      place &-= 1
    }
    distances[place] = distance
    indices[place] = index
  }
}
