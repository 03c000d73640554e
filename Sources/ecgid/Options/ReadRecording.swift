import ECGRecords
import ECGWorkflow
import Foundation

/// Reads one lead of a file given on the command line.
func readRecording(at path: String, lead: LeadChoice, rate: Double?) throws -> Recording {
  let url = URL(filePath: path)
  if (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true {
    throw WorkflowError.option("\(path) is a folder; name one of its recordings")
  }
  return try ECGRecords.readRecording(url, samplingRate: rate, lead: lead)
}
