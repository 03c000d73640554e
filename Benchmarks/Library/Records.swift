import ECGRecords
import Foundation

/// Reading WFDB records, per record; needs the folder with real recordings (`ECG_DATA`, or ../shared/data).
func benchmarkRecords() {
  let folder =
    ProcessInfo.processInfo.environment["ECG_DATA"].map { URL(filePath: $0) }
    ?? URL(filePath: #filePath).appending(path: "../../../../shared/data").standardizedFileURL
  for name in ["ecg-id", "cinc2017", "mitdb"] {
    guard let dataset = try? openDataset(at: folder.appending(path: name)) else { continue }
    let references = dataset.recordings.prefix(200)
    for (leads, choice) in [("all leads", nil), ("first lead", LeadChoice.first)] {
      let time = microseconds {
        for reference in references { _ = try? reference.read(lead: choice, verifying: false) }
      }
      report("read \(name), \(leads)", time / Double(references.count))
    }
  }
}

/// Simulating 30 s at 500 Hz.
func benchmarkSimulator() {
  let simulator = Simulator()
  report("simulate 30 s", microseconds { _ = try? simulator.record(person: 1, session: 1) })
}
