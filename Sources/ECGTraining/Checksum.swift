/// CRC-32 as in ISO-HDLC (polynomial 0x04C11DB7, reflected), eight bytes at a time.
struct Checksum {
  private static let tables: [[UInt32]] = {
    var tables = [[UInt32]](repeating: [UInt32](repeating: 0, count: 256), count: 8)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1 }
      tables[0][byte] = value
    }
    for table in 1..<8 {
      for byte in 0..<256 {
        let value = tables[table - 1][byte]
        tables[table][byte] = (value >> 8) ^ tables[0][Int(value & 0xFF)]
      }
    }
    return tables
  }()

  private var state: UInt32 = 0xFFFF_FFFF
  var value: UInt32 { ~state }

  mutating func add(_ bytes: RawSpan) {
    var state = state
    bytes.withUnsafeBytes { bytes in
      Checksum.tables.flatMap(\.self).withUnsafeBufferPointer { table in
        var offset = 0
        while offset + 8 <= bytes.count {
          let word =
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            ^ UInt64(state)
          var next: UInt32 = 0
          for i in 0..<8 { next ^= table[(7 - i) * 256 + Int((word >> UInt64(8 * i)) & 0xFF)] }
          state = next
          offset += 8
        }
        while offset < bytes.count {
          state = (state >> 8) ^ table[Int((state ^ UInt32(bytes[offset])) & 0xFF)]
          offset += 1
        }
      }
    }
    self.state = state
  }
}
