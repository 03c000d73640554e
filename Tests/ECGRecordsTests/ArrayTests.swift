import ECGTestSupport
import Foundation
import Testing

@testable import ECGRecords

/// NumPy and MATLAB files that are odd, or wrong.
@Suite struct ArrayTests {
  let scratch = Scratch()

  // MARK: NumPy

  private func npy(_ header: String, _ data: [UInt8], version: [UInt8] = [1, 0]) -> [UInt8] {
    let length = header.utf8.count
    let size: [UInt8] = [UInt8(length & 255), UInt8(length >> 8)] + (version[0] == 1 ? [] : [0, 0])
    return [0x93] + Array("NUMPY".utf8) + version + size + Array(header.utf8) + data
  }

  private func read(_ bytes: [UInt8]) throws -> Recording {
    try scratch.write("x", bytes)
    return try readRecording(scratch.url("x"), samplingRate: 100)
  }

  @Test(arguments: [
    "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n",
    "{\"shape\":(3L,),\"fortran_order\":False,\"descr\":\"<u1\"}",
    "  { 'shape' : ( 3 , 1 ) , 'descr':'=u1','fortran_order':True}",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 3, 1), }",
  ])
  func readsEveryWayToWriteTheHeader(_ header: String) throws {
    #expect(try read(npy(header, [7, 8, 9])).leads.map(\.samples) == [[7, 8, 9]])
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False}", 50), ("{'descr': '<f4', 'descr': '<f4'}", 27), ("{'other': 1}", 11),
    ("{'descr': '<f3', 'fortran_order': False, 'shape': (3,)}", 20), ("{'descr': 4}", 20), ("", 10),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (3,)}", 44), ("{'shape': (3, x)}", 24), ("{'shape': (-3,)}", 21),
    ("{'shape': (99999999999999999999,)}", 21), ("{'shape': 3}", 20), ("{'shape': (3,", 23), ("{'descr': '<f4", 21),
  ])
  func namesTheByteThatIsWrong(_ header: String, _ byte: Int) throws {
    guard case .badField(_, let found, _, _, _) = recordError({ try read(npy(header, [0, 0, 0, 0])) }) else {
      return _ = Issue.record("accepted \(header)")
    }
    #expect(found == byte, "\(header)")
  }

  @Test(arguments: ["(1000000000000,)", "(1000000000000, 1000000000000)", "(2, 2)", "(9223372036854775807, 2)"])
  func refusesShapesBeyondTheFile(_ shape: String) throws {
    guard
      case .truncated(_, let bytes, let promised) = recordError({
        try read(npy("{'descr': '<f4', 'fortran_order': False, 'shape': \(shape)}", [0, 0, 0, 0]))
      })
    else {
      return _ = Issue.record("accepted \(shape)")
    }
    #expect(promised > bytes)
  }

  @Test func refusesShapesThatAreNoRecording() throws {
    for shape in ["()", "(2, 2, 2)"] {
      #expect(throws: RecordError.self) {
        try read(npy("{'descr': '|u1', 'fortran_order': False, 'shape': \(shape)}", Array(repeating: 1, count: 8)))
      }
    }
    for shape in ["(0,)", "(0, 1000000000000)", "(1000000000000, 0)"] {
      guard
        case .empty = recordError({ try read(npy("{'descr': '|u1', 'fortran_order': False, 'shape': \(shape)}", [])) })
      else {
        return _ = Issue.record("accepted \(shape)")
      }
    }
    let infinite = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", [0, 0, 0x80, 0x7F])
    #expect(throws: RecordError.self) { try read(infinite) }
    #expect(throws: RecordError.self) { try read(npy("{}", [], version: [4, 0])) }
  }

  // MARK: MATLAB

  /// One matrix of a MATLAB v4 file.
  private func matrix(
    _ name: String, mopt: Int32 = 30, rows: Int32, columns: Int32, imaginary: Int32 = 0, length: Int32? = nil,
    _ data: [UInt8]
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    for number in [mopt, rows, columns, imaginary, length ?? Int32(name.utf8.count + 1)] {
      withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }
    bytes += Array(name.utf8)
    bytes.append(0)
    return bytes + data
  }

  @Test func choosesTheMatrix() throws {
    let small = matrix("val", rows: 1, columns: 2, [1, 0, 2, 0])
    let large = matrix("x", rows: 3, columns: 1, [3, 0, 4, 0, 5, 0])
    let text = matrix("note", mopt: 51, rows: 1, columns: 4, Array("abcd".utf8))
    let rate = matrix("Fs", mopt: 50, rows: 1, columns: 1, [250])
    #expect(try read(text + large + small + rate).leads.map(\.samples) == [[1, 2]])
    #expect(try read(large + text).leads.map(\.samples) == [[3, 4, 5]])
    #expect(try read(large + rate).samplingRate == 250)
    #expect(try read(large).samplingRate == 100)
    #expect(throws: RecordError.self) { try read(text) }
    // One that scipy and MATLAB do not write, but others: the name without its zero.
    #expect(try read(matrix("", rows: 1, columns: 2, length: 1, []).dropLast(1) + [120, 1, 0, 2, 0]).sampleCount == 2)
  }

  @Test func namesTheByteOfABadMatrix() throws {
    let good = matrix("val", rows: 1, columns: 2, [1, 0, 2, 0])
    for (bad, byte) in [
      (matrix("x", mopt: 930, rows: 1, columns: 1, [0, 0]), 0), (matrix("x", mopt: 63, rows: 1, columns: 1, [0]), 0),
      (matrix("x", rows: -1, columns: 1, []), 4), (matrix("x", rows: 1, columns: -1, []), 8),
      (matrix("x", rows: 1, columns: 1, imaginary: 2, [0, 0]), 12),
      (matrix("x", rows: 1, columns: 1, length: 0, []), 16),
      (matrix("x", rows: 1, columns: 1, length: 1000, []), 16), (matrix("\u{1}", rows: 1, columns: 1, [0, 0]), 20),
    ] {
      guard case .badField(_, let found, _, _, _) = recordError({ try read(good + bad) }) else {
        return _ = Issue.record("accepted a bad field at byte \(byte)")
      }
      #expect(found == good.count + byte)
    }
  }

  @Test func refusesMatricesBeyondTheFile() throws {
    for (rows, columns) in [(1000, 1000), (Int32.max, Int32.max), (1, 3)] as [(Int32, Int32)] {
      guard
        case .truncated(_, let bytes, let promised) = recordError({
          try read(matrix("val", mopt: 0, rows: rows, columns: columns, [1, 0, 2, 0]))
        })
      else {
        return _ = Issue.record("accepted \(rows) x \(columns)")
      }
      #expect(promised > bytes)
    }
    // Numbers of computers that are no more: recognised, and refused by name.
    guard
      case .unsupported(_, let what) = recordError({
        try read(matrix("val", mopt: 2000, rows: 1, columns: 2, Array(repeating: 1, count: 16)))
      })
    else {
      return _ = Issue.record("accepted numbers of a VAX")
    }
    #expect(what.contains("VAX"))
  }

  /// A WFDB record's `.mat` is read through its header, which knows the gain; without the header it is a plain matrix.
  @Test func readsThroughTheHeaderBeside() throws {
    try scratch.write("r.mat", matrix("val", rows: 1, columns: 2, [100, 0, 200, 0]))
    #expect(try readRecording(scratch.url("r.mat"), samplingRate: 500).leads[0].samples == [100, 200])
    try scratch.write("r.hea", "r 1 500 2\nr.mat 16+24 1000/mV 16 0\n")
    let recording = try readRecording(scratch.url("r.mat"))
    #expect(recording.leads[0].samples == [0.1, 0.2])
    #expect(recording.samplingRate == 500)
  }
}
