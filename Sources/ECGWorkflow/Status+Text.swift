import ECGCore

extension Status {
  /// The text of the code, as the C interface gives it.
  var message: String { String(cString: text) }
}
