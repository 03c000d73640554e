/// How one number is stored in an array file.
enum NumberType: Sendable {
  case int8, uint8, int16, uint16, int32, uint32, int64, uint64
  case float16, float32, float64

  /// Bytes.
  var size: Int {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// Converts `output.count` numbers, the first at `bytes`, each `stride` bytes after the one before.
  func convert(
    _ bytes: UnsafeRawPointer, stride: Int, bigEndian: Bool, to output: UnsafeMutableBufferPointer<Float>
  ) {
    switch self {
    case .int8: each(Int8.self, bytes, stride, bigEndian, output) { Float($0) }
    case .uint8: each(UInt8.self, bytes, stride, bigEndian, output) { Float($0) }
    case .int16: each(Int16.self, bytes, stride, bigEndian, output) { Float($0) }
    case .uint16: each(UInt16.self, bytes, stride, bigEndian, output) { Float($0) }
    case .int32: each(Int32.self, bytes, stride, bigEndian, output) { Float($0) }
    case .uint32: each(UInt32.self, bytes, stride, bigEndian, output) { Float($0) }
    case .int64: each(Int64.self, bytes, stride, bigEndian, output) { Float($0) }
    case .uint64: each(UInt64.self, bytes, stride, bigEndian, output) { Float($0) }
    case .float16: each(UInt16.self, bytes, stride, bigEndian, output, widened)
    case .float32: each(UInt32.self, bytes, stride, bigEndian, output) { Float(bitPattern: $0) }
    case .float64: each(UInt64.self, bytes, stride, bigEndian, output) { Float(Double(bitPattern: $0)) }
    }
  }
}

@inline(__always)
private func each<Stored: FixedWidthInteger & BitwiseCopyable>(
  _ type: Stored.Type, _ bytes: UnsafeRawPointer, _ stride: Int, _ bigEndian: Bool,
  _ output: UnsafeMutableBufferPointer<Float>, _ convert: (Stored) -> Float
) {
  // Neighbours are written out apart, so that the compiler sees their constant distance.
  if stride == MemoryLayout<Stored>.size, !bigEndian {
    for k in output.indices {
      let stored = bytes.loadUnaligned(fromByteOffset: k &* MemoryLayout<Stored>.size, as: Stored.self)
      output[k] = convert(Stored(littleEndian: stored))
    }
  } else {
    for k in output.indices {
      let stored = bytes.loadUnaligned(fromByteOffset: k &* stride, as: Stored.self)
      output[k] = convert(bigEndian ? Stored(bigEndian: stored) : Stored(littleEndian: stored))
    }
  }
}

/// IEEE 754 half precision, widened with integers, since not every platform has the type.
private func widened(_ bits: UInt16) -> Float {
  let magnitude = UInt32(bits & 0x7FFF) << 13
  let sign = UInt32(bits & 0x8000) << 16
  if bits & 0x7C00 == 0x7C00 { return Float(bitPattern: sign | 0x7F80_0000 | magnitude) }
  // The exponents' biases differ by 112; multiplying makes up for it and normalises what is subnormal in 16 bits.
  return Float(bitPattern: sign | (Float(bitPattern: magnitude) * 0x1p112).bitPattern)
}
