import ECGRecords
import Foundation

/// Reading WFDB records, in microseconds per record: real ones from the folder `ECG_DATA` (or ../shared/data), and half
/// an hour in every signal format from the folder `ECG_BENCHMARK_RECORDS`, which `peers/make_records.py` fills.
func benchmarkRecords() {
  keepFreedMemory()
  let folder =
    folderNamed("ECG_DATA") ?? URL(filePath: #filePath).appending(path: "../../../../shared/data").standardizedFileURL
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
  guard let made = folderNamed("ECG_BENCHMARK_RECORDS") else { return }
  for format in [8, 16, 24, 32, 61, 80, 160, 212, 310, 311, 508, 516, 524] {
    let url = made.appending(path: "half_hour_\(format).hea")
    guard (try? readRecording(url)) != nil else { continue }
    report("read half an hour, format \(format)", microseconds { _ = try? readRecording(url) })
  }
}

private func folderNamed(_ variable: String) -> URL? {
  ProcessInfo.processInfo.environment[variable].map { URL(filePath: $0) }
}

/// Goes through all leads of a recording piece by piece and prints the most memory that this process ever had.
func benchmarkMemory(_ path: String) throws {
  let recording = try openRecording(URL(filePath: path))
  let piece = UnsafeMutableBufferPointer<Float>.allocate(capacity: 65_536)
  defer { piece.deallocate() }
  var count = 0
  for lead in recording.leads.indices {
    var stream = try recording.stream(lead: lead, verifying: true)
    while true {
      let filled = try stream.next(piece)
      count += filled
      if filled < piece.count { break }
    }
  }
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  print("stream \(recording.name), \(count) samples", "ecg", "\(usage.ru_maxrss / 1024) MiB at most", separator: "\t")
}

/// Simulating 30 s at 500 Hz.
func benchmarkSimulator() {
  let simulator = Simulator()
  report("simulate 30 s", microseconds { _ = try? simulator.record(person: 1, session: 1) })
}
