import ECGCore

/// Why a file could not be written or read, with what to do about it.
public enum ExportError: Error, CustomStringConvertible, Equatable {
  /// The system refused: a missing folder, no permission, a full disk. `reason` is the system's own text.
  case system(path: String, action: String, reason: String)
  /// What is to be written does not fit together.
  case content(String)
  /// libhdf5 refused to build the file in memory.
  case hdf5(path: String, entry: String)
  /// The file is not what it should be.
  case damaged(path: String, entry: String, reason: String)
  /// A layer of Keras' that has no equal here.
  case unsupported(path: String, layer: String, reason: String)

  public var description: String {
    switch self {
    case .system(let path, let action, let reason): "\(path): cannot \(action): \(reason)"
    case .content(let message): message
    case .hdf5(let path, let entry): "\(path): libhdf5 could not write “\(entry)”"
    case .damaged(let path, let entry, let reason):
      entry.isEmpty ? "\(path): \(reason)" : "\(path): “\(entry)”: \(reason)"
    case .unsupported(let path, let layer, let reason): "\(path): layer \(layer): \(reason)"
    }
  }

  static func damaged(_ path: String, _ entry: String, _ status: Status) -> ExportError {
    .damaged(path: path, entry: entry, reason: String(cString: status.text))
  }
}
