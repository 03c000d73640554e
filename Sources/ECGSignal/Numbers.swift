/// `value` rounded to a whole number, without a trap: NaN gives 0, anything beyond ±2^53 its limit.
func wholeNumber(_ value: Double) -> Int {
  guard !value.isNaN else { return 0 }
  let limit = Double(Int32.max) < 0x1p53 && Int.bitWidth < 64 ? Double(Int32.max) : 0x1p53
  return Int(max(-limit, min(limit, value)).rounded())
}

/// A part of `buffer`, which must hold it. (Slices of buffers bring arrays with them, which the device line cannot have.)
func part<T>(_ buffer: UnsafeMutableBufferPointer<T>, _ first: Int, _ count: Int) -> UnsafeMutableBufferPointer<T> {
  UnsafeMutableBufferPointer(start: buffer.baseAddress.map { $0 + first }, count: count)
}

func part<T>(_ buffer: UnsafeBufferPointer<T>, _ first: Int, _ count: Int) -> UnsafeBufferPointer<T> {
  UnsafeBufferPointer(start: buffer.baseAddress.map { $0 + first }, count: count)
}
