import ECGWorkflow
import Foundation

/// Whether annotation files may be called so: letters, digits and underscores, and no name of recordings.
func isAnnotatorName(_ name: String) -> Bool {
  let recordings = ["hea", "dat", "mat", "csv", "tsv", "txt", "f32", "raw", "float32", "edf", "bdf", "npy", "h5"]
  return !name.isEmpty && !recordings.contains(name.lowercased())
    && name.unicodeScalars.allSatisfy {
      $0 == "_" || ($0.isASCII && ($0.properties.isAlphabetic || Character($0).isNumber))
    }
}

/// Where each recording's annotations go: beside it, below a folder, or, for a single recording, into a named file.
///
/// - Throws: `WorkflowError.option` when two recordings would share a file or a name does not fit.
func annotationPlaces(for inputs: [RecordingInput], name: String?, output: String?) throws -> [URL] {
  var places: [URL]
  if let output {
    let url = URL(filePath: output)
    let isFolder = (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true
    if !isFolder, inputs.count == 1, !url.pathExtension.isEmpty, name == nil {
      guard isAnnotatorName(url.pathExtension) else {
        throw WorkflowError.option("\(output): annotation files are called RECORD.NAME, as in 100.qrs")
      }
      places = [url]
    } else {
      places = inputs.map { url.appending(path: $0.relativeBase).appendingPathExtension(name ?? "qrs") }
    }
  } else {
    places = inputs.map { $0.base.appendingPathExtension(name ?? "qrs") }
  }
  var taken: Set<String> = []
  for place in places where !taken.insert(place.standardizedFileURL.path).inserted {
    throw WorkflowError.option("two recordings would write their annotations to \(place.path)")
  }
  return places
}
