import Foundation

/// Runs a loop on the threads that oneDNN computes with.
///
/// oneDNN is built on GNU OpenMP here, whose threads keep spinning for a while after each parallel region: a second
/// pool would fight them for the cores. `GOMP_parallel` is what a compiler emits for `#pragma omp parallel`; where the
/// library is not in the process, everything runs on the caller's thread.
enum Workers {
  private typealias Body = @convention(c) (UnsafeMutableRawPointer?) -> Void
  private typealias Parallel = @convention(c) (Body, UnsafeMutableRawPointer?, UInt32, UInt32) -> Void
  private typealias Number = @convention(c) () -> Int32

  private static func symbol<T>(_ name: String, as type: T.Type) -> T? {
    dlsym(nil, name).map { unsafeBitCast($0, to: type) }
  }
  private static let parallel = symbol("GOMP_parallel", as: Parallel.self)
  private static let threadNumber = symbol("omp_get_thread_num", as: Number.self)
  private static let threadCount = symbol("omp_get_num_threads", as: Number.self)

  /// How many threads there are.
  static let count = max(1, Int(symbol("omp_get_max_threads", as: Number.self)?() ?? 1))

  private struct Work {
    let body: (Range<Int>) -> Void
    let count: Int
    let grain: Int
  }

  /// Calls `body` with ranges that together are `0..<count`, at most one per thread, each a multiple of `grain` long
  /// (the last excepted); with fewer than two grains on this thread alone.
  static func split(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    guard count > grain, let parallel, threadNumber != nil, threadCount != nil else { return body(0..<count) }
    withoutActuallyEscaping(body) { body in
      var work = Work(body: body, count: count, grain: grain)
      withUnsafeMutablePointer(to: &work) { pointer in
        parallel(
          { context in
            let work = context!.assumingMemoryBound(to: Work.self).pointee
            let threads = Int(Workers.threadCount!())
            let thread = Int(Workers.threadNumber!())
            let grains = (work.count + work.grain - 1) / work.grain
            let first = grains * thread / threads * work.grain
            let last = min(work.count, grains * (thread + 1) / threads * work.grain)
            if first < last { work.body(first..<last) }
          }, pointer, 0, 0)
      }
    }
  }

  /// Calls `body` with a part of `0..<count` and that part's number, one part a thread, always the same parts.
  static func divide(_ count: Int, _ body: (_ range: Range<Int>, _ part: Int) -> Void) {
    split(Workers.count, grain: 1) { parts in
      for part in parts { body(count * part / Workers.count..<count * (part + 1) / Workers.count, part) }
    }
  }
}
