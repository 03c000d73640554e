import Foundation

/// A file system of a few kilobytes, to see what happens when it is full. Only an administrator can mount one.
public final class SmallDisk {
  public let url: URL

  public static let isPossible = (try? SmallDisk(kilobytes: 16)) != nil

  public init(kilobytes: Int) throws {
    url = FileManager.default.temporaryDirectory.appending(path: "ecg-disk-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    guard mount("tmpfs", url.path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
      let error = POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
      try? FileManager.default.removeItem(at: url)
      throw error
    }
  }

  public func becomeReadOnly() throws {
    guard mount("tmpfs", url.path, nil, UInt(MS_REMOUNT | MS_RDONLY), nil) == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
    }
  }

  public var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted() }

  deinit {
    umount2(url.path, 2)
    try? FileManager.default.removeItem(at: url)
  }
}
