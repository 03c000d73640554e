import ECGExport
import ECGTestSupport
import Foundation
import Testing

/// Whatever stands in the way of writing: a clear error, nothing half-written, the old file as it was.
@Suite struct WritingFailsTests {
  private func expectFailure(_ reason: String, _ url: URL) throws {
    let model = Samples.model(.convolutionOverBeats)
    let error = #expect(throws: ExportError.self) { try write(model, to: url) }
    let text = try #require(error).description
    #expect(text.contains(url.path) && text.contains(reason), "\(text)")
  }

  @Test func missingFolder() throws {
    let folder = try TemporaryFolder()
    try expectFailure("No such file or directory", folder.url.appending(path: "nowhere/model.h5"))
  }

  @Test func aFolderStandsInItsPlace() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    try expectFailure("not a file", url)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["model.h5"])
  }

  @Test(.enabled(if: geteuid() != 0, "an administrator may write anywhere"))
  func folderWithoutPermission() throws {
    let folder = try TemporaryFolder()
    chmod(folder.url.path, 0o500)
    defer { chmod(folder.url.path, 0o700) }
    try expectFailure("Permission denied", folder.url.appending(path: "model.h5"))
  }

  @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a file system"))
  func fullDiskKeepsTheOldFile() throws {
    let disk = try SmallDisk(kilobytes: 8)
    let url = disk.url.appending(path: "model.h5")
    try Data("old".utf8).write(to: url)
    try expectFailure("No space left on device", url)
    #expect(try Data(contentsOf: url) == Data("old".utf8))
    #expect(disk.names == ["model.h5"])
  }

  @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a file system"))
  func readOnlyFolder() throws {
    let disk = try SmallDisk(kilobytes: 64)
    try disk.becomeReadOnly()
    try expectFailure("Read-only file system", disk.url.appending(path: "model.h5"))
  }

  @Test func anOlderFileIsReplacedWhole() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    try Data(repeating: 7, count: 1 << 20).write(to: url)
    try write(Samples.model(.convolutionOverBeats), to: url)
    #expect(try ModelContents(contentsOf: url).labels == Samples.model(.convolutionOverBeats).labels)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["model.h5"])
  }

  // MARK: Contents that do not fit together

  @Test func contentsThatDoNotFitAreRefused() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    func expectRefusal(_ part: String, _ change: (inout ModelContents) -> Void) {
      var model = Samples.model(.convolutionOverBeats)
      change(&model)
      let error = #expect(throws: ExportError.self) { try write(model, to: url) }
      #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }
    expectRefusal("labels") { $0.labels.append("one too many") }
    expectRefusal("conv1d") { $0.parameters[0][0].removeLast() }
    expectRefusal("conv1d") { $0.parameters[0].removeLast() }
    expectRefusal("finite") { $0.parameters[0][0][3] = .nan }
    expectRefusal("known answer") { $0.knownAnswer.input.removeLast() }
    expectRefusal("beat_before_s") { $0.preprocessing[1].value = .infinity }
    expectRefusal("neighbours") { $0.outlierReference?.neighbourCount = 6 }
    expectRefusal("outlier") { $0.outlierReference?.kDistances.removeLast() }
    expectRefusal("zero character") { $0.labels[0] = "A\0B" }
    expectRefusal("too long") { $0.provenance = [("note", String(repeating: "x", count: 70_000))] }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }
}
