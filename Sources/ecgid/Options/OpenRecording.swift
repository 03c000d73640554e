import ECGRecords
import ECGWorkflow
import Foundation

/// Opens a file given on the command line.
func openRecording(at path: String, rate: Double?) throws -> any RecordingFile {
  let url = URL(filePath: path)
  if (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true {
    throw WorkflowError.option("\(path) is a folder; name one of its recordings")
  }
  return try ECGRecords.openRecording(url, samplingRate: rate)
}
