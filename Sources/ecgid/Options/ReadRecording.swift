import ArgumentParser
import ECGRecords
import ECGWorkflow
import Foundation

/// Reads one lead of a file given on the command line: a WFDB record, or millivolts as text or raw floats.
func readRecording(at path: String, lead: LeadChoice, rate: Double?) throws -> Recording {
  let url = URL(filePath: path)
  if (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true {
    throw WorkflowError.option("\(path) is a folder; name one of its recordings")
  }
  switch url.pathExtension.lowercased() {
  case "csv", "tsv", "txt":
    return try readTextSignal(url, samplingRate: try required(rate, path), lead: lead)
  case "f32", "raw":
    return try readFloatSignal(url, samplingRate: try required(rate, path), lead: lead)
  case "hea":
    return try readWFDB(header: url, lead: lead)
  case "dat", "mat":
    return try readWFDB(header: url.deletingPathExtension().appendingPathExtension("hea"), lead: lead)
  default:
    return try readWFDB(header: url.appendingPathExtension("hea"), lead: lead)
  }
}

private func required(_ rate: Double?, _ path: String) throws -> Double {
  guard let rate else { throw WorkflowError.option("\(path) does not say its sampling rate: give --rate, in Hz") }
  guard rate > 0 else { throw WorkflowError.option("--rate must be positive, not \(rate)") }
  return rate
}
