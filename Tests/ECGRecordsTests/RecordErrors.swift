import ECGRecords

/// The `RecordError` that `body` throws, or nil.
func recordError<Result>(_ body: () throws -> Result) -> RecordError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? RecordError
  }
}
