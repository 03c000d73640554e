import ECGArchitectures
import ECGExport
import ECGNetwork
import ECGTestSupport
import Foundation
import Testing

/// Keras, h5py and h5dump open what we write.
@Suite struct OtherReadersTests {
  /// A Python with the packages of Tests/keras-requirements.txt.
  static let python = ProcessInfo.processInfo.environment["ECG_KERAS_PYTHON"]
  static let h5dump = ["/usr/bin/h5dump", "/usr/local/bin/h5dump"].first(where: FileManager.default.fileExists(atPath:))

  private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test(.enabled(if: python != nil, "needs ECG_KERAS_PYTHON, a Python with Keras"))
  func kerasGivesTheSameProbabilities() throws {
    let folder = try TemporaryFolder()
    let people = (0..<5).map { "person \($0)" }
    let models =
      [
        Samples.model(.convolutionOverBeats), Samples.model(.convolutionOverImages),
        Samples.model(Samples.graph(people: 5), labels: people),
      ] + Architecture.all.map { Samples.model($0.network(people: 5), labels: people) }
    var paths: [String] = []
    for (index, model) in models.enumerated() {
      let url = folder.url.appending(path: "\(index)-\(model.network.name).h5")
      try write(model, to: url)
      paths.append(url.path)
    }
    try expectKerasAgrees(paths)
  }

  /// Keras opens these files, and gives the answers that they know.
  private func expectKerasAgrees(_ paths: [String]) throws {
    let result = try run(Self.python!, [Self.script("keras_opens_models.py")] + paths)
    #expect(result.status == 0, "\(result.output)")
    print(result.output)
  }

  private static func script(_ name: String) -> String {
    Vectors.folder.deletingLastPathComponent().appending(path: name).path
  }

  @Test(.enabled(if: python != nil, "needs ECG_KERAS_PYTHON, a Python with Keras"))
  func networksThatKerasSavedGiveItsProbabilities() throws {
    let folder = try TemporaryFolder()
    let people = (0..<5).map { "person \($0)" }
    let result = try run(Self.python!, [Self.script("keras_saves_models.py"), folder.url.path, "\(people.count)"])
    try #require(result.status == 0, "\(result.output)")
    var paths: [String] = []
    for name in Architecture.all.map(\.name) {
      let file = folder.url.appending(path: "\(name).h5")
      let model = try KerasModel(contentsOf: file)
      let network = model.network
      let values = try Data(contentsOf: folder.url.appending(path: "\(name).f32")).withUnsafeBytes {
        Array($0.bindMemory(to: Float.self))
      }
      let count = values.count / (network.input.count + people.count)
      try #require(count == 3 && values.count == count * (network.input.count + people.count))
      var worst: Float = 0
      for sample in 0..<count {
        let input = Array(values[sample * network.input.count..<(sample + 1) * network.input.count])
        let outputs = count * network.input.count + sample * people.count
        let found = Samples.output(of: network, model.parameters, for: input)
        worst = max(worst, largestDifference(found, Array(values[outputs..<outputs + people.count])))
        guard sample == 0 else { continue }
        // And back again.
        let back = folder.url.appending(path: "\(name)-back.h5")
        try write(
          ModelContents(
            network: network, parameters: model.parameters, labels: people, preprocessing: [],
            knownAnswer: .init(input: input, output: found)), to: back)
        paths.append(back.path)
      }
      print("\(name): from Keras to here, largest difference \(worst)")
      #expect(worst < 1e-5, "\(name)")
      try FileManager.default.removeItem(at: file)
    }
    try expectKerasAgrees(paths)
  }

  @Test(.enabled(if: h5dump != nil, "needs h5dump (hdf5-tools)"))
  func h5dumpReadsIt() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    try write(Samples.model(.convolutionOverBeats), to: url)
    let result = try run(Self.h5dump!, ["-H", url.path])
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("DATASET \"kernel:0\""))
    #expect(result.output.contains("DATATYPE  H5T_IEEE_F32LE"))
  }
}
