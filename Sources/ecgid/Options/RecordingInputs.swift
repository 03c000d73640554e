import ECGRecords
import Foundation

/// A recording that the command line names, by itself or by its folder or manifest.
struct RecordingInput {
  /// As tables show it: the path as it was given; below a folder, from there on and without `.hea`, behind the folder's path
  /// where there are several.
  var name: String
  var url: URL
  /// Hertz, for files that do not say it.
  var samplingRate: Double?
  /// Where its annotation files lie, up to the annotations' name: "mitdb/100" for mitdb/100.atr.
  var base: URL
  /// The part of `base` below the named folder, or below that of the named file.
  var relativeBase: String

  fileprivate init(_ url: URL, samplingRate: Double?, root: URL) {
    self.url = url
    self.samplingRate = samplingRate
    // A WFDB record may be named without .hea; there is no such file then, and dots belong to its name.
    let isFile = FileManager.default.fileExists(atPath: url.path)
    base = (isFile && !url.pathExtension.isEmpty ? url.deletingPathExtension() : url).standardizedFileURL
    let parts = root.standardizedFileURL.pathComponents
    let isBelow = base.pathComponents.starts(with: parts)
    relativeBase = isBelow ? base.pathComponents.dropFirst(parts.count).joined(separator: "/") : base.lastPathComponent
    name = relativeBase
  }
}

/// The recordings at all `paths`, named apart.
///
/// - Parameter samplingRate: hertz, for files that do not say it.
func recordingInputs(at paths: [String], samplingRate: Double?) throws -> [RecordingInput] {
  try paths.flatMap { path in
    var inputs = try recordingInputs(at: path, samplingRate: samplingRate)
    if paths.count > 1 {
      for index in inputs.indices where inputs[index].name != path {
        inputs[index].name = URL(filePath: path).appending(path: inputs[index].name).relativePath
      }
    }
    return inputs
  }
}

/// The recordings at `path`: a file, or all of a folder or manifest.
///
/// - Parameter samplingRate: hertz, for files that do not say it.
private func recordingInputs(at path: String, samplingRate: Double?) throws -> [RecordingInput] {
  let place = URL(filePath: path)
  let isFolder = (try? place.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true
  let root = isFolder ? place : place.deletingLastPathComponent()
  var inputs: [RecordingInput] = []
  for reference in try openDataset(at: place, samplingRate: samplingRate).recordings {
    guard case .file(let url, let rate) = reference.source else { continue }
    inputs.append(RecordingInput(url, samplingRate: rate ?? samplingRate, root: root))
  }
  if !isFolder, inputs.count == 1 { inputs[0].name = path }
  return inputs
}
