import ECGCore
import ECGTestSupport
import Testing

@testable import ECGSignal

struct BandPassTests {
  private func filter(_ input: [Float], _ filter: BandPass) throws -> [Float] {
    var output = input
    let memory = Memory(bytes: 16 * input.count + 4096)
    var arena = try memory.arena()
    var span = output.mutableSpan
    try filter.filter(&span, arena: &arena)
    return output
  }

  @Test(arguments: [(1, 1.0, 30.0, 500.0), (2, 0.5, 40, 500), (3, 0.5, 40, 500), (4, 1, 45, 500), (5, 5, 15, 360)])
  func matchesSciPy(order: Int, low: Double, high: Double, rate: Double) throws {
    let input = try Vectors.float32("band_pass-input")
    let expected = try Vectors.float64("band_pass-order\(order)")
    let output = try filter(input, BandPass(low: low / rate, high: high / rate, order: order))
    #expect(relativeError(output, expected) < 1e-6)
  }

  @Test func needsMoreThanItsPadding() throws {
    let band = try BandPass(low: 0.001, high: 0.08, order: 2)
    #expect(band.shortest == 16)
    #expect(status { _ = try filter([Float](repeating: 1, count: 15), band) } == .signalTooShort)
    #expect(try filter([Float](repeating: 1, count: 16), band).allSatisfy { abs($0) < 1e-6 })
  }

  @Test func refusesImpossibleBands() {
    for (low, high, order) in [(0.1, 0.1, 2), (0.2, 0.1, 2), (0, 0.1, 2), (0.1, 0.5, 2), (0.1, 0.2, 0), (0.1, .nan, 2)]
    {
      #expect(status { _ = try BandPass(low: low, high: high, order: order) } == .configuration)
    }
  }
}

struct BaselineRemovalTests {
  @Test(arguments: [0.5, 1.0]) func matchesSciPy(cutoff: Double) throws {
    let input = try Vectors.float32("band_pass-input")
    let expected = try Vectors.float64("band_pass-high\(cutoff)")
    var output = input
    let memory = Memory(bytes: 16 * input.count + 65536)
    var arena = try memory.arena()
    var span = output.mutableSpan
    try BaselineRemoval(cutoff: cutoff / 500).filter(&span, arena: &arena)
    #expect(relativeError(output, expected) < 1e-6)
  }

  @Test func needsAPeriodOfItsCutoff() throws {
    let removal = try BaselineRemoval(cutoff: 0.002)
    let memory = Memory(bytes: 1 << 16)
    var arena = try memory.arena()
    for (count, expected) in [(500, Status.signalTooShort), (501, nil)] {
      var signal = [Float](repeating: 2, count: count)
      var span = signal.mutableSpan
      #expect(status { try removal.filter(&span, arena: &arena) } == expected)
    }
    for cutoff in [0, 0.5, -1, .nan] { #expect(status { _ = try BaselineRemoval(cutoff: cutoff) } == .configuration) }
  }
}

struct SavitzkyGolayTests {
  private func smooth(_ input: [Float], window: Int, order: Int) throws -> [Float] {
    var output = [Float](repeating: .nan, count: input.count)
    let memory = Memory(bytes: 1 << 18)
    var arena = try memory.arena()
    var span = output.mutableSpan
    try SavitzkyGolay(window: window, order: order).smooth(input.span, into: &span, arena: &arena)
    return output
  }

  @Test(arguments: [(11, 1), (11, 3), (5, 0), (21, 5), (3, 2)]) func matchesSciPy(window: Int, order: Int) throws {
    let input = try Vectors.float32("savitzky_golay-input")
    let expected = try Vectors.float64("savitzky_golay-\(window)-\(order)")
    #expect(relativeError(try smooth(input, window: window, order: order), expected) < 2e-7)
  }

  @Test func aPolynomialOfItsOrderPassesUnchanged() throws {
    let line = (0..<50).map { Float($0) * 0.25 - 3 }
    #expect(relativeError(try smooth(line, window: 11, order: 1), line) < 1e-6)
    #expect(relativeError(try smooth(Array(line[0..<11]), window: 11, order: 1), Array(line[0..<11])) < 1e-6)
  }

  @Test func aSignalShorterThanTheWindowIsCopied() throws {
    let input: [Float] = [1, 5, 2, 8]
    #expect(try smooth(input, window: 5, order: 1) == input)
  }

  @Test func refusesEvenWindowsAndHighOrders() {
    for (window, order) in [(10, 1), (0, 0), (3, 3), (11, 6), (11, -1)] {
      #expect(status { _ = try SavitzkyGolay(window: window, order: order) } == .configuration)
    }
  }
}
