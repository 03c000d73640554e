import Foundation

/// A file system of a few kilobytes, to see what happens when it is full. Only an administrator can mount one.
final class SmallDisk {
  let url: URL

  static let isPossible = (try? SmallDisk(kilobytes: 16)) != nil

  init(kilobytes: Int) throws {
    url = FileManager.default.temporaryDirectory.appending(path: "ecg-disk-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    guard mount("tmpfs", url.path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
      let error = POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
      try? FileManager.default.removeItem(at: url)
      throw error
    }
  }

  func becomeReadOnly() throws {
    guard mount("tmpfs", url.path, nil, UInt(MS_REMOUNT | MS_RDONLY), nil) == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
    }
  }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted() }

  deinit {
    umount2(url.path, 2)
    try? FileManager.default.removeItem(at: url)
  }
}
