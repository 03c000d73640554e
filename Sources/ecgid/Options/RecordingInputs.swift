import ECGRecords
import ECGWorkflow
import Foundation

/// A recording that the command line names, by itself or by its folder.
struct RecordingInput {
  /// As tables show it: the path as it was given; below a folder, from there on and without `.hea`.
  var name: String
  var url: URL
  /// Hertz, where the data set tells.
  var samplingRate: Double?
  /// Where its annotation files lie, up to the annotations' name: "mitdb/100" for mitdb/100.atr.
  var base: URL
  /// The part of `base` below the named folder; the last part, if the recording was named itself.
  var relativeBase: String

  fileprivate init(name: String, url: URL, samplingRate: Double? = nil, root: String) {
    self.name = name
    self.url = url
    self.samplingRate = samplingRate
    // A WFDB record may be named without .hea; there is no such file then, and dots belong to its name.
    let isFile = FileManager.default.fileExists(atPath: url.path)
    base = (isFile && !url.pathExtension.isEmpty ? url.deletingPathExtension() : url).standardizedFileURL
    relativeBase = base.path.hasPrefix(root) ? String(base.path.dropFirst(root.count)) : base.lastPathComponent
  }
}

/// The recordings at `path`: the file itself, or all of a folder that is a data set of a known layout.
func recordingInputs(at path: String) throws -> [RecordingInput] {
  let url = URL(filePath: path)
  let isFolder = (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true
  guard isFolder else {
    let folder = url.standardizedFileURL.deletingLastPathComponent().path
    return [RecordingInput(name: path, url: url, root: folder == "/" ? "/" : folder + "/")]
  }
  let root = url.standardizedFileURL.path + "/"
  return try openDataset(at: url).recordings.compactMap { reference in
    guard case .file(let file, let rate) = reference.source else { return nil }
    var input = RecordingInput(name: "", url: file, samplingRate: rate, root: root)
    input.name = input.relativeBase
    return input
  }
}
