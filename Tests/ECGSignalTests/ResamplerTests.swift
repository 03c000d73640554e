import ECGCore
import ECGTestSupport
import Testing

@testable import ECGSignal

private func resample(_ input: [Float], from: Double, to: Double) throws -> [Float] {
  let resampler = try Resampler(from: from, to: to)
  var output = [Float](repeating: .nan, count: try resampler.outputCount(input.count))
  let memory = Memory(bytes: 1 << 20)
  var arena = try memory.arena()
  var span = output.mutableSpan
  try resampler.resample(input.span, into: &span, arena: &arena)
  return output
}

struct ResamplerTests {
  @Test(arguments: [360, 300, 1000, 250]) func matchesPolyphaseReference(rate: Int) throws {
    let input = try Vectors.float32("resampler-\(rate)-input")
    let expected = try Vectors.float64("resampler-\(rate)-output")
    #expect(relativeError(try resample(input, from: Double(rate), to: 500), expected) < 2e-6)
  }

  @Test func anOddRateReproducesTonesAnywhere() throws {
    let input = try Vectors.float32("resampler-odd-input")
    let expected = try Vectors.float64("resampler-odd-output")
    let output = try resample(input, from: 257.1234567, to: 500)
    #expect(output.count == expected.count)
    // Away from the ends, where the signal is held, only the filter's ripple is left (Kaiser 5: about −50 dB).
    let inner = 60..<(expected.count - 60)
    #expect(relativeError(Array(output[inner]), Array(expected[inner])) < 4e-3)
  }

  @Test func equalRatesCopy() throws {
    let input: [Float] = (0..<1000).map { Float($0 % 17) }
    #expect(try resample(input, from: 500, to: 500) == input)
  }

  @Test func aConstantStaysConstant() throws {
    for rate in [50, 128, 257.1234567, 360, 997, 1000, 9999.7, 10_000] {
      let output = try resample([Float](repeating: 3, count: 3000), from: rate, to: 500)
      #expect(output.allSatisfy { abs($0 - 3) < 0.02 }, "\(rate) Hz")
    }
  }

  @Test func countsRoundUpAroundAPeriod() throws {
    let resampler = try Resampler(from: 360, to: 500)
    #expect(resampler.up == 25 && resampler.down == 18)
    #expect(try resampler.outputCount(17) == 24)
    #expect(try resampler.outputCount(18) == 25)
    #expect(try resampler.outputCount(19) == 27)
    #expect(status { _ = try resampler.outputCount(Int.max) } == .signalTooLong)
  }

  @Test(arguments: [0, -1, 49.999, 10_000.1, .nan, .infinity]) func refusesRates(rate: Double) {
    #expect(status { _ = try Resampler(from: rate, to: 500) } == .samplingRate)
    #expect(status { _ = try Resampler(from: 500, to: rate) } == .samplingRate)
  }

  @Test func refusesATooShortOutput() throws {
    let resampler = try Resampler(from: 250, to: 500)
    let input = [Float](repeating: 1, count: 10)
    let memory = Memory(bytes: 1 << 16)
    var arena = try memory.arena()
    var output = [Float](repeating: 0, count: 19)
    var span = output.mutableSpan
    #expect(throws: Status.bufferTooSmall) { try resampler.resample(input.span, into: &span, arena: &arena) }
  }
}
