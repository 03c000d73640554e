import Dispatch
import ECGCore
import ECGSignal
import Foundation

/// Turns beats into what a network sees of them. Nothing changes in it, so threads may share it.
public final class BeatInputs: @unchecked Sendable {
  public let representation: BeatRepresentation
  private let memory: AlignedMemory

  public init(_ configuration: PipelineConfiguration) throws {
    do {
      memory = AlignedMemory(byteCount: try BeatRepresentation.tableSize(configuration))
      var arena = memory.arena()
      representation = try BeatRepresentation(configuration, arena: &arena)
    } catch {
      throw WorkflowError.option(error.message)
    }
  }

  /// Inputs of the beats at `indices`, one after another.
  public func inputs(of indices: [Int], in beats: [Float], beatLength: Int) -> [Float] {
    let outputCount = representation.outputCount
    let chunk = 64
    return [Float](unsafeUninitializedCapacity: indices.count * outputCount) { inputs, initialized in
      let target = SendablePointer(inputs.baseAddress)
      DispatchQueue.concurrentPerform(iterations: (indices.count + chunk - 1) / chunk) { number in
        let some = indices[number * chunk..<min((number + 1) * chunk, indices.count)]
        let cut = some.flatMap { beats[$0 * beatLength..<($0 + 1) * beatLength] }
        let place = UnsafeMutableBufferPointer(
          start: target.pointer! + number * chunk * outputCount, count: some.count * outputCount)
        write(cut, to: place)
      }
      initialized = indices.count * outputCount
    }
  }

  private func write(_ beats: [Float], to place: UnsafeMutableBufferPointer<Float>) {
    var span = MutableSpan(_unsafeElements: place)
    guard (try? representation.write(beats.span, into: &span)) != nil else {
      preconditionFailure("beats of the right length have a representation")
    }
  }
}

/// Lets threads write to parts of one block that do not overlap.
private struct SendablePointer: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>?
  init(_ pointer: UnsafeMutablePointer<Float>?) { self.pointer = pointer }
}
