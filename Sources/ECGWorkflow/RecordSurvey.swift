import ECGRecords
import Foundation

/// What a recording's header says and, if it was read, how that went.
public struct SurveyedRecording: Sendable, Encodable {
  public struct Lead: Sendable, Encodable {
    public var name: String
    public var unit: String
    /// Hertz.
    public var samplingRate: Double
    public var samples: Int
    /// Samples without a value; nil unless they were read.
    public var missing: Int?
  }

  public var person: String
  public var recording: String
  /// Year-month-day.
  public var date: String?
  public var path: String?
  public var leads: [Lead] = []
  /// Why it cannot be read.
  public var problem: String?

  /// Seconds, of the longest lead.
  public var seconds: Double { leads.map { Double($0.samples) / $0.samplingRate }.filter(\.isFinite).max() ?? 0 }
}

/// Opens every recording of a data set, on all cores, and lists what is in it.
///
/// - Parameters:
///   - verifying: read all samples of all leads that are voltages, and compare them with checksums where there are any;
///     otherwise files are opened only, which shows those that are missing or shorter than their headers say.
///   - progress: called now and then with the number of recordings done, from any thread.
/// - Returns: in the order of the data set.
public func survey(
  _ dataset: Dataset, verifying: Bool = false, workers: Int = ProcessInfo.processInfo.activeProcessorCount,
  progress: @escaping @Sendable (_ done: Int) -> Void = { _ in }
) -> [SurveyedRecording] {
  inParallel(dataset.recordings, workers: workers, progress: progress, makeContext: { () }) { reference, _ in
    SurveyedRecording(reference, verifying: verifying)
  }.compactMap { $0 }
}

extension SurveyedRecording {
  fileprivate init(_ reference: RecordingReference, verifying: Bool) {
    person = reference.person
    recording = reference.name
    date = reference.date?.description
    path = reference.url?.path
    do throws(RecordError) {
      let file = try reference.open()
      date = date ?? file.date?.description
      leads = file.leads.map {
        Lead(name: $0.name, unit: $0.unit, samplingRate: $0.samplingRate, samples: $0.sampleCount)
      }
      if verifying { try verify(file) } else { try openSamples(of: file) }
    } catch {
      problem = "\(error)"
    }
  }

  /// Opens what holds the first and the last lead: a file that is missing or too short shows without being read.
  private func openSamples(of file: any RecordingFile) throws(RecordError) {
    for index in Set([0, leads.count - 1]) where leads.indices.contains(index) {
      do throws(RecordError) {
        _ = try file.stream(lead: index, verifying: false)
      } catch RecordError.notAVoltage {
        continue
      }
    }
  }

  private mutating func verify(_ file: any RecordingFile) throws(RecordError) {
    let piece = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1 << 14)
    defer { piece.deallocate() }
    var isVoltage = false
    for index in leads.indices {
      do throws(RecordError) {
        var stream = try file.stream(lead: index, verifying: true)
        var missing = 0
        while case let count = try stream.next(piece), count > 0 {
          for k in 0..<count where piece[k].isNaN { missing += 1 }
        }
        leads[index].missing = missing
        isVoltage = true
      } catch RecordError.notAVoltage(let file, let signal, let unit) {
        // Respiration, say, beside the electrocardiogram.
        if index == leads.count - 1, !isVoltage { throw .notAVoltage(file: file, signal: signal, unit: unit) }
      }
    }
  }
}
