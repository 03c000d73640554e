import ECGFuzzing
import Testing

/// `Scripts/fuzz` does the same for as long as one likes, with the address sanitizer.
@Suite struct FuzzTests {
  @Test("every case of the corpus is read or refused, and some of each format are read")
  func corpus() throws {
    let fuzzer = try RecordFuzzer()
    var read: Set<String> = []
    for (name, bytes) in try Corpus.cases() {
      let outcome = fuzzer.run(FuzzCase(bytes))
      if case .broken(let what) = outcome { Issue.record("\(name): \(what)") }
      if name.hasPrefix("good-") {
        #expect(outcome == .read, "\(name) is a good file")
        read.insert(name)
      }
    }
    #expect(read.count >= 20)
  }

  @Test("changed at random, they are read or refused")
  func mutations() throws {
    let fuzzer = try RecordFuzzer()
    var mutator = Mutator(seed: 20_261_124)
    var outcomes = (read: 0, refused: 0)
    for (name, bytes) in try Corpus.cases() {
      for round in 0..<400 {
        let changed = mutator.mutate(bytes)
        switch fuzzer.run(FuzzCase(changed)) {
        case .broken(let what): Issue.record("\(name), round \(round): \(what)")
        case .read: outcomes.read += 1
        case .refused: outcomes.refused += 1
        case .nothing: break
        }
      }
    }
    // Were all refused at the first byte, or none, the changes would try nothing.
    #expect(outcomes.read > 1000)
    #expect(outcomes.refused > 1000)
  }
}
