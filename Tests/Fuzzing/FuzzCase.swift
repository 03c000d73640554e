import Foundation

/// The files of one execution: one block of bytes in which each file follows a line `--- name`.
///
/// Headers and signals in one block let a fuzzer change them against each other.
public struct FuzzCase: Sendable {
  public struct File: Sendable {
    public var name: String
    public var bytes: [UInt8]
  }

  public var files: [File]

  public init(_ bytes: some Collection<UInt8>) {
    files = []
    var rest = Array(bytes)[...]
    while let start = Self.nextMark(in: rest), files.count < Self.mostFiles {
      let nameStart = start + Self.mark.count
      guard let nameEnd = rest[nameStart...].firstIndex(of: 10) else { break }
      let content = rest[(nameEnd + 1)...]
      let end = Self.nextMark(in: content) ?? content.endIndex
      if let name = Self.fileName(rest[nameStart..<nameEnd]) {
        files.append(File(name: name, bytes: Array(content[..<end])))
      }
      rest = content[end...]
    }
  }

  private static let mostFiles = 8
  private static let mark = Array("--- ".utf8)

  private static func nextMark(in bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count > mark.count else { return nil }
    return (bytes.startIndex..<bytes.endIndex - mark.count).first { bytes[$0..<$0 + mark.count].elementsEqual(mark) }
  }

  /// Nothing that could leave the folder, and nothing hidden.
  private static func fileName(_ bytes: ArraySlice<UInt8>) -> String? {
    let name = String(decoding: bytes, as: UTF8.self)
    let isPlain = name.utf8.allSatisfy {
      $0 == 46 || $0 == 95 || (48...57).contains($0) || (97...122).contains($0 | 32)
    }
    return isPlain && !name.hasPrefix(".") && (1...24).contains(name.utf8.count) ? name : nil
  }
}
