import ECGCore
import Testing

@Suite struct ArenaTests {
  /// Runs `body` on `count` bytes that are aligned to `Arena.alignment`.
  private func withMemory(_ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: Arena.alignment)
    defer { memory.deallocate() }
    try body(UnsafeMutableRawBufferPointer(rebasing: memory[..<count]))
  }

  @Test func piecesAreAlignedAndDoNotMeet() throws {
    try withMemory(4096) { memory in
      var arena = try Arena(memory)
      var end = memory.baseAddress!
      for count in [1, 15, 16, 17, 0, 100, 3] {
        let piece = try arena.take(Float.self, count)
        let start = UnsafeMutableRawPointer(piece.baseAddress!)
        #expect(Int(bitPattern: start) % Arena.alignment == 0)
        #expect(start >= end)
        #expect(piece.count == count)
        end = start + count * 4
        #expect(end <= memory.baseAddress! + arena.used)
      }
      #expect(arena.used <= memory.count)
    }
  }

  @Test func takesExactlyWhatItMeasures() throws {
    func take(_ arena: inout Arena) throws(Status) {
      _ = try arena.take(Double.self, 9)
      let mark = arena.mark
      _ = try arena.take(UInt8.self, 1000)
      arena.rewind(to: mark)
      _ = try arena.take(Int32.self, 3)
    }
    var measuring = Arena.measuring()
    try take(&measuring)
    #expect(measuring.isMeasuring)
    #expect(measuring.used == 128 + 64)
    #expect(measuring.peak == 128 + 1024)

    try withMemory(measuring.peak) { memory in
      var arena = try Arena(memory)
      try take(&arena)
      #expect(arena.used == measuring.used)
      #expect(arena.peak == measuring.peak)
      #expect(!arena.isMeasuring)
    }
    withMemory(measuring.peak - 1) { memory in
      #expect(throws: Status.bufferTooSmall) {
        var arena = try Arena(memory)
        try take(&arena)
      }
    }
  }

  @Test(arguments: [-1, 1, 2, 1 << 40, Int.max / 8, Int.max / 8 + 1, Int.max, Int.min])
  func refusesWhatDoesNotFit(count: Int) throws {
    try withMemory(64) { memory in
      var arena = try Arena(memory)
      _ = try arena.take(UInt8.self, 1)
      #expect(throws: count < 0 ? Status.argument : .bufferTooSmall) { _ = try arena.take(Double.self, count) }
      // A refusal takes nothing.
      #expect(arena.used == 64)
    }
    if count < 0 || count > Int.max / 16 {
      var measuring = Arena.measuring()
      #expect(throws: Status.self) { _ = try measuring.take(Double.self, count) }
    }
  }

  @Test func refusesMemoryThatIsAbsentOrUnaligned() throws {
    #expect(throws: Status.argument) { _ = try Arena(UnsafeMutableRawBufferPointer(start: nil, count: 0)) }
    try withMemory(256) { memory in
      for offset in [1, 4, 8, 32, 63] {
        #expect(throws: Status.alignment) { _ = try Arena(UnsafeMutableRawBufferPointer(rebasing: memory[offset...])) }
      }
      _ = try Arena(UnsafeMutableRawBufferPointer(rebasing: memory[64...]))
    }
  }

  @Test func rewindsOnlyBackwards() throws {
    try withMemory(1024) { memory in
      var arena = try Arena(memory)
      let first = try arena.take(Float.self, 5)
      let mark = arena.mark
      let second = try arena.take(Float.self, 5)
      for nonsense in [-1, 129, Int.max, Int.min] {
        arena.rewind(to: nonsense)
        #expect(arena.used == 128)
      }
      arena.rewind(to: mark)
      #expect(try arena.take(Float.self, 5).baseAddress == second.baseAddress)
      arena.rewind(to: 0)
      #expect(try arena.take(Float.self, 5).baseAddress == first.baseAddress)
      #expect(arena.peak == 128)
    }
  }
}
