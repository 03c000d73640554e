import ECGFuzzing

/// What libFuzzer calls (https://llvm.org/docs/LibFuzzer.html), built by `Scripts/fuzz`.
nonisolated(unsafe) private let fuzzer = try! RecordFuzzer()

@c(LLVMFuzzerTestOneInput)
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let outcome = fuzzer.run(FuzzCase(UnsafeBufferPointer(start: bytes, count: count)))
  if case .broken(let what) = outcome { fatalError(what) }
  return 0
}
