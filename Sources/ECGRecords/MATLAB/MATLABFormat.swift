import Foundation

/// A MATLAB file of version 4 (`save x.mat val -v4`, `scipy.io.savemat(…, format="4")`): one matrix after the other, each
/// behind a header of five numbers and a name; "MAT-File Format" of MathWorks, chapter 2.
///
/// The recording is the matrix `val`, as the PhysioNet challenges name it, or else the largest matrix of real numbers;
/// in millivolts, leads along the shorter axis. A number called `fs` (or `rate`, `sampling_rate`) is the sampling rate.
/// Later versions are recognised and refused.
enum MATLABFormat: RecordingFormat {
  static let name = "MATLAB v4"

  static func recognises(_ head: FileHead) -> Bool {
    laterVersion(head) != nil || (try? MATLABMatrix(head.bytes, at: 0, file: "")) != nil
  }

  static func open(_ url: URL, samplingRate: Double?) throws(RecordError) -> any RecordingFile {
    let file = shortName(url.path)
    if let version = laterVersion(try FileHead(url)) {
      throw .unsupported(
        file: file,
        what: "a MATLAB file of version \(version), of which only version 4 can be read; save it with"
          + " save('x.mat', 'val', '-v4')")
    }
    let reader = try FileReader(url.path)
    let matrices = try matrices(reader)
    let rate = try matrices.first(where: \.isSamplingRate)?.firstNumber(reader)
    let usable = matrices.filter { $0.isReal && $0.count > 1 }
    guard let chosen = usable.first(where: { $0.name == "val" }) ?? usable.max(by: { $0.count < $1.count }) else {
      let names = matrices.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")
      throw .unsupported(file: file, what: "no matrix of real numbers to take for a signal; it has \(names)")
    }
    guard let type = chosen.type else {
      throw .unsupported(file: file, what: "the matrix \(chosen.name) is \(chosen.summary)")
    }
    return try MatrixRecording(
      reader, rows: chosen.rows, columns: chosen.columns, columnMajor: true, type: type,
      bigEndian: chosen.isBigEndian, offset: chosen.dataOffset,
      samplingRate: requiredSamplingRate(rate ?? samplingRate, file: file))
  }

  /// The version of a file that is newer than 4.
  private static func laterVersion(_ head: FileHead) -> String? {
    let prefix = Array("MATLAB ".utf8)
    guard head.bytes.starts(with: prefix) else { return nil }
    let version = head.bytes[prefix.count...].prefix { $0 > 32 && $0 < 127 }
    return String(decoding: version.prefix(8), as: UTF8.self)
  }

  private static func matrices(_ file: FileReader) throws(RecordError) -> [MATLABMatrix] {
    var matrices: [MATLABMatrix] = []
    var offset = 0
    while offset < file.byteCount {
      let header = try file.bytes(at: offset, count: min(MATLABMatrix.longestHeader, file.byteCount - offset))
      let matrix = try MATLABMatrix(header, at: offset, file: file.name)
      guard let end = matrix.end, end <= file.byteCount else {
        throw .truncated(file: file.name, bytes: file.byteCount, promised: matrix.end ?? .max)
      }
      matrices.append(matrix)
      offset = end
    }
    return matrices
  }
}
