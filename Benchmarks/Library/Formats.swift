import ECGRecords
import Foundation

/// Reading the large files that `peers/formats.py` makes: all leads, per file. `FORMATS` names their folder.
func benchmarkFormats() {
  guard let path = ProcessInfo.processInfo.environment["FORMATS"] else { return }
  let folder = URL(filePath: path)
  for name in [
    "two.csv", "one.csv", "savetxt.txt", "array.npy", "matrix.mat", "day.edf", "quarter.bdf", "twelve.edf",
  ] {
    let file = folder.appending(path: name)
    // Times in a file are compared with an even rate only where they tell the rate.
    let rate: Double? = name == "two.csv" ? nil : 500
    guard (try? openRecording(file, samplingRate: rate)) != nil else { continue }
    report("read \(name)", microseconds { _ = try? readRecording(file, samplingRate: rate) })
  }
}
