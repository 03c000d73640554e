import ECGCore

/// A seed made of two: the same pair gives the same seed, different pairs give unrelated ones.
func mixed(_ seed: UInt64, _ number: UInt64) -> UInt64 {
  var generator = SeededGenerator(seed: seed ^ (number &* 0xD134_2543_DE82_EF95))
  return generator.next()
}

/// The numbers below `count` in random order (Fisher–Yates), the same for the same seed on every machine.
func shuffled(_ count: Int, seed: UInt64) -> [Int] {
  var order = Array(0..<count)
  var generator = SeededGenerator(seed: seed)
  var last = count - 1
  while last > 0 {
    let other = Int(generator.next().multipliedFullWidth(by: UInt64(last + 1)).high)
    order.swapAt(last, other)
    last -= 1
  }
  return order
}

/// What a seed is used for: each use has its own stream of random numbers.
enum SeedStream {
  static let initializers: UInt64 = 1
  static let order: UInt64 = 2
  static let dropout: UInt64 = 3
}
