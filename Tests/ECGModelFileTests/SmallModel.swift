import ECGCore
import ECGExport
import ECGModelFile
import ECGNetwork
import ECGTestSupport
import Foundation

/// The bytes of a small but complete model file.
func smallModel() throws -> [UInt8] {
  var network = NetworkDescription(name: "small", input: .steps(6, channels: 1))
  network.convolution(filters: 2, window: 3, activation: .tanh)
  network.flatten()
  network.dense(units: 2, activation: .softmax)
  let model = ModelContents(
    network: network,
    parameters: [[[1, 2, 3, 4, 5, 6], [0.5, -0.5]], [], [[Float](repeating: 0.25, count: 16), [0, 1]]],
    labels: ["Ada", "Grace"], preprocessing: [("sampling_rate_hz", 500), ("beat_before_s", 0.2)],
    outlierReference: OutlierReferenceContents(
      features: [1, 2, 3, 4, 5, 6], dimensions: 2, kDistances: [1, 2, 3], reachabilityDensities: [3, 2, 1],
      neighbourCount: 2, threshold: 1.5, falseAlarmRate: 0.05, validationBeatCount: 40),
    knownAnswer: .init(input: [1, 2, 3, 4, 5, 6], output: [0.25, 0.75]), provenance: [("dataset", "simulator")])
  let folder = try TemporaryFolder()
  let url = folder.url.appending(path: "small.h5")
  try write(model, to: url)
  return try Array(Data(contentsOf: url))
}

/// Reads all that a model file has, as a program that uses it would.
func readEverything(_ bytes: UnsafeRawBufferPointer) throws(Status) {
  let file = try ModelFile(bytes)
  for index in 0..<file.personCount { _ = try file.label(index) }
  for index in 0..<file.layerCount {
    _ = try file.layerName(index)
    if file.layerIntegers[index * 16] == 1 || file.layerIntegers[index * 16] == 3 {
      _ = try file.parameter(layer: index, name: "kernel").float32()
      _ = try file.parameter(layer: index, name: "bias").float32()
    }
  }
  _ = try file.preprocessing("sampling_rate_hz")
  _ = try file.preprocessing("beat_before_s")
  _ = try file.outlierReference()
  _ = try file.knownAnswer()
  var attributes = try file.file.attributes(of: file.provenance())
  while let (_, value) = try attributes.next() { _ = try value.text() }
  try file.verifyDigest()
}

/// A copy of bytes at an aligned place, with nothing readable promised behind them.
final class AlignedBytes {
  let bytes: UnsafeMutableRawBufferPointer

  init(_ content: some Collection<UInt8>) {
    bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(content.count, 1), alignment: 64)
    bytes.copyBytes(from: content)
    count = content.count
  }

  private let count: Int
  var content: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[0..<count]) }
  deinit { bytes.deallocate() }
}
