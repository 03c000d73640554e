import ECGCore
import ECGExport
import ECGModelFile
import ECGNetwork
import ECGTestSupport
import Foundation
import Testing

/// Whatever bytes come in, the reader returns or throws a `Status`.
@Suite struct HostileBytesTests {
  @Test func everyTruncationIsFound() throws {
    let original = try smallModel()
    for length in 0..<original.count {
      let bytes = AlignedBytes(original.prefix(length))
      #expect(throws: Status.self, "\(length) bytes") { try readEverything(bytes.content) }
    }
  }

  @Test func bytesBehindTheFileAreNotPartOfIt() throws {
    let original = try smallModel()
    let bytes = AlignedBytes(original + [1, 2, 3])
    try readEverything(bytes.content)
  }
}
