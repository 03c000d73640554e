import Dispatch
import Foundation
import Synchronization

/// Does something with every element of a list, on several threads.
///
/// - Parameters:
///   - workers: threads that work at the same time.
///   - makeContext: makes what one thread needs and no other may touch; nil if there is none, and the thread does nothing.
///   - progress: called with the number of elements done, from any thread.
/// - Returns: the results in the order of the list, whatever the number of threads.
func inParallel<Element: Sendable, Context, Answer: Sendable>(
  _ elements: [Element], workers: Int, progress: @Sendable (_ done: Int) -> Void = { _ in },
  makeContext: @Sendable () -> Context?, _ body: @Sendable (Element, Context) -> Answer
) -> [Answer?] {
  let results = Mutex([Answer?](repeating: nil, count: elements.count))
  let next = Atomic(0)
  let done = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: max(1, workers)) { _ in
    guard let context = makeContext() else { return }
    while case let index = next.add(1, ordering: .relaxed).oldValue, index < elements.count {
      let result = body(elements[index], context)
      results.withLock { $0[index] = result }
      progress(done.add(1, ordering: .relaxed).newValue)
    }
  }
  return results.withLock { $0 }
}
