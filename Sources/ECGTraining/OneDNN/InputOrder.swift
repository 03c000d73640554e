import ECGNetwork

/// The order in which the values of an image lie in a memory format, as Keras' flatten numbers them.
final class InputOrder {
  /// For each place of a sample in memory its number in Keras' order, −1 for padding.
  let inputs: [Int]
  private let format: MemoryFormat

  /// Finds the order by letting oneDNN convert the numbers 1, 2, 3, …
  init(_ format: MemoryFormat, _ library: OneDNN) throws(TrainingError) {
    let sizes = format.sizes
    let shape = Shape.image(sizes[2], sizes[3], channels: sizes[1])
    // float32 counts to 2²⁴; larger images, and formats that mix samples, are brought into Keras' order.
    let isSimple = shape.count < 1 << 24
    let plain = try MemoryFormat.channelsLast(1, shape)
    let used = isSimple ? format.with(batch: 1) ?? plain : plain
    self.format = used
    guard isSimple else {
      inputs = Array(0..<shape.count)
      return
    }
    let numbers = try Tensor(plain, library)
    for i in 0..<shape.count { numbers.floats[i] = Float(i + 1) }
    let placed = try Tensor(used, library)
    try library.reorder(from: numbers, to: placed).run()
    inputs = placed.floats.map { Int($0) - 1 }
  }

  func format(batch: Int) -> MemoryFormat { format.with(batch: batch)! }
}
