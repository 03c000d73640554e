import Foundation
import Synchronization

/// Remembers that the user pressed Control-C, so that long work can end in good order. A second one ends at once.
enum Interruption {
  private static let wasAsked = Atomic(false)

  static func watch() {
    signal(SIGINT) { _ in
      if Interruption.wasAsked.exchange(true, ordering: .relaxed) { _exit(130) }
    }
  }

  static var isAsked: Bool { wasAsked.load(ordering: .relaxed) }
}
