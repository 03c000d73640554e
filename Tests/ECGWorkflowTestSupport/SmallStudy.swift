import ECGArchitectures
import ECGExport
import ECGNetwork
import ECGRecords
import ECGSignal
import ECGWorkflow

extension Architecture {
  /// A network small enough to train in no time.
  public static let tiny = Architecture("tiny", "a small one", input: .beat) { people, beatLength, _ in
    var network = NetworkDescription(name: "tiny", input: .steps(beatLength, channels: 1))
    network.convolution(filters: 4, window: 10, stride: 5, activation: .tanh)
    network.flatten()
    network.dense(units: 16, activation: .tanh)
    network.dense(units: people, activation: .softmax)
    return network
  }
}

/// Band-passed beats of simulated people, three recordings of each, of so many seconds.
public func simulatedBeats(people: Int, seed: UInt64 = 6, duration: Double = 15) -> PreparedBeats {
  var configuration = PipelineConfiguration()
  configuration.frontEnd = .bandPass
  return try! prepare(
    Simulator(seed: seed).dataset(people: people, sessions: 3, duration: duration), lead: .first,
    configuration: configuration
  ).beats
}
