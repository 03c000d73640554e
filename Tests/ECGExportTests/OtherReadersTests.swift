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
    let script = Vectors.folder.deletingLastPathComponent().appending(path: "keras_opens_models.py").path
    let result = try run(Self.python!, [script] + paths)
    #expect(result.status == 0, "\(result.output)")
    print(result.output)
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
