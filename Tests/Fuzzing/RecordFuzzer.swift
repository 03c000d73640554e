import ECGRecords
import Foundation
import Glibc

/// Gives the readers whatever bytes come: each execution writes the case's files into a folder and reads the first one.
///
/// What must hold: no crash, no hang, memory in proportion to the bytes, samples as many as described, an error that
/// names a file and carries nothing that cannot be printed.
public final class RecordFuzzer {
  private let folder: URL
  /// Samples that are taken from each lead: a header may promise any number, and null segments need no file.
  private static let mostSamples = 1 << 14

  public init() throws {
    let memory = URL(filePath: "/dev/shm")
    let isThere = FileManager.default.isWritableFile(atPath: memory.path)
    folder = (isThere ? memory : FileManager.default.temporaryDirectory).appending(
      path: "ecg-fuzz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// How one execution ended.
  public enum Outcome: Sendable, Equatable {
    /// There was nothing to read.
    case nothing
    case read
    case refused(RecordError)
    /// Something that must not be; the text says what.
    case broken(String)
  }

  @discardableResult
  public func run(_ fuzzCase: FuzzCase) -> Outcome {
    guard let first = fuzzCase.files.first else { return .nothing }
    for file in fuzzCase.files { write(file) }
    defer { for file in fuzzCase.files { unlink(folder.path + "/" + file.name) } }
    do {
      return try read(folder.appending(path: first.name))
    } catch {
      let text = error.description
      guard text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
        return .broken("an error text that cannot be printed")
      }
      guard text.utf8.count < 4096 else { return .broken("an error text of \(text.utf8.count) bytes") }
      return .refused(error)
    }
  }

  private func read(_ url: URL) throws(RecordError) -> Outcome {
    if ["atr", "qrs", "ann"].contains(url.pathExtension) {
      return try annotations(url)
    }
    if url.lastPathComponent == "manifest.csv" || url.lastPathComponent == "ptbxl_database.csv" {
      let dataset = try openDataset(at: url.lastPathComponent == "manifest.csv" ? url : folder)
      for reference in dataset.recordings.prefix(4) where reference.url.map(isInside) ?? true {
        _ = try reference.read()
      }
      return .read
    }
    let file = try openRecording(url, samplingRate: 250)
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1000)
    defer { buffer.deallocate() }
    for index in file.leads.indices.prefix(8) {
      let lead = file.leads[index]
      let hasRate = lead.samplingRate > 0 && lead.samplingRate.isFinite
      guard lead.sampleCount == 0 || (lead.sampleCount > 0 && hasRate) else {
        return .broken("a lead of \(lead.sampleCount) samples at \(lead.samplingRate) Hz")
      }
      var stream = try file.stream(lead: index, verifying: true)
      var count = 0
      while count < Self.mostSamples {
        let filled = try stream.next(buffer)
        count += filled
        if buffer[..<filled].contains(where: \.isInfinite) { return .broken("an infinite sample") }
        if filled < buffer.count { break }
      }
      guard count == lead.sampleCount || (count >= Self.mostSamples && count < lead.sampleCount) else {
        return .broken("\(count) samples streamed, \(lead.sampleCount) described")
      }
    }
    if (file.leads.map(\.sampleCount).max() ?? 0) <= Self.mostSamples {
      _ = try readRecording(url, samplingRate: 250, lead: .first)
      if Set(file.leads.map(\.samplingRate)).count == 1 {
        _ = try readRecording(url, samplingRate: 250, verifying: false)
      }
    }
    return .read
  }

  /// What was read can be written, and reads the same again.
  private func annotations(_ url: URL) throws(RecordError) -> Outcome {
    let file = try AnnotationFile(contentsOf: url)
    let copy = folder.appending(path: "copy.\(url.pathExtension)")
    defer { unlink(copy.path) }
    try file.write(to: copy)
    let again = try AnnotationFile(contentsOf: copy)
    return again == file ? .read : .broken("annotations that change when written and read again")
  }

  private func isInside(_ url: URL) -> Bool { url.standardizedFileURL.path.hasPrefix(folder.path) }

  private func write(_ file: FuzzCase.File) {
    let path = folder.path + "/" + file.name
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    file.bytes.withUnsafeBytes { bytes in _ = Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
  }
}
