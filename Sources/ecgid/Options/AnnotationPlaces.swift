import ECGWorkflow
import Foundation

/// Checks what annotation files shall be called: letters, digits and underscores, and nothing that holds recordings or
/// what a database's makers said of them.
///
/// - Throws: `WorkflowError.option`.
func requireAnnotatorName(_ name: String) throws {
  let recordings = ["hea", "dat", "mat", "csv", "tsv", "txt", "f32", "raw", "float32", "edf", "bdf", "npy", "h5"]
  guard name.lowercased() != "atr" else {
    throw WorkflowError.option("annotations called atr are a database's reference; take another name, qrs say")
  }
  let isWord = name.unicodeScalars.allSatisfy {
    $0 == "_" || ($0.isASCII && ($0.properties.isAlphabetic || Character($0).isNumber))
  }
  guard !name.isEmpty, isWord, !recordings.contains(name.lowercased()) else {
    throw WorkflowError.option(
      "\"\(name)\" is no name for annotations, which are called RECORD.NAME, as in 100.qrs: take letters, digits and"
        + " underscores, and none that recordings have")
  }
}

/// Where each recording's annotations go: beside it, below a folder, or, for a single recording, into a named file.
///
/// - Parameter reference: what the annotations are called that must not be overwritten.
/// - Throws: `WorkflowError.option` when a name does not fit, or two recordings would share a file.
func annotationPlaces(
  for inputs: [RecordingInput], name: String?, output: String?, keeping reference: String?
) throws -> [URL] {
  if let name { try requireAnnotatorName(name) }
  var places: [URL]
  if let output {
    let url = URL(filePath: output)
    let isFolder = (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true
    if !isFolder, inputs.count == 1, !url.pathExtension.isEmpty, name == nil {
      try requireAnnotatorName(url.pathExtension)
      places = [url]
    } else {
      places = inputs.map { url.appending(path: $0.relativeBase).appendingPathExtension(name ?? "qrs") }
    }
  } else {
    places = inputs.map { $0.base.appendingPathExtension(name ?? "qrs") }
  }
  var taken: Set<String> = []
  if let reference { taken = Set(inputs.map { $0.base.appendingPathExtension(reference).standardizedFileURL.path }) }
  for place in places where !taken.insert(place.standardizedFileURL.path).inserted {
    throw WorkflowError.option(
      "\(place.path) cannot be written: another recording's annotations go there, or --against compares with it")
  }
  return places
}
