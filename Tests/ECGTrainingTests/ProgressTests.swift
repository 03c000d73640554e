import Synchronization
import Testing

@testable import ECGTraining

@Suite struct ProgressTests {
  static let progress = TrainingProgress(
    epoch: 3, epochs: 54, batch: 5, batches: 10, loss: 1.25, accuracy: 0.5, learningRate: 1e-3, samplesPerSecond: 640,
    secondsLeft: 200, finished: nil)

  @Test func barShowsEverything() {
    #expect(
      ProgressBar.line(Self.progress)
        == "epoch 3/54 ██████████░░░░░░░░░░ loss 1.2500, accuracy 50.0 %  640 samples/s  3 min 20 s left")
    var finished = Self.progress
    finished.finished = RuleTests.epoch(3, 0.75, 0.5)
    #expect(
      ProgressBar.line(finished)
        == "epoch 3/54  loss 1.2500, accuracy 50.0 %; validation 0.5000, 75.0 %  640 samples/s  3 min 20 s left")
  }

  @Test(arguments: [
    (0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (3599, "59 min 59 s"), (3600, "1 h 00 min"),
    (.infinity, "a long time"), (-1, "0 s"),
  ]) func durations(_ seconds: Double, _ text: String) {
    #expect(ProgressBar.duration(seconds) == text)
  }

  @Test func countsShowRateAndTimeLeft() {
    #expect(
      ProgressBar.line("Preparing", 25, of: 100, "recordings", after: 5)
        == "Preparing █████░░░░░░░░░░░░░░░ 25/100 recordings  5/s  15 s left")
    #expect(ProgressBar.line("Preparing", 0, of: 0, "recordings", after: 0).hasSuffix("a long time left"))
  }

  @Test(arguments: 1...130) func linesAreShorterThanTheTerminal(columns: Int) {
    let training = ProgressBar.line(Self.progress, columns: columns)
    let counting = ProgressBar.line("Preparing", 25, of: 100, "recordings", after: 5, columns: columns)
    #expect(training.count < columns && counting.count < columns)
    if columns >= 80 { #expect(training.hasSuffix("left") && training.contains("██░░")) }
  }

  @Test func quietWithoutATerminal() {
    let written = Mutex("")
    let quiet = ProgressBar(isTerminal: false) { text in written.withLock { $0 += text } }
    quiet.show(Self.progress)
    quiet.show("Preparing", 1, of: 2, "recordings")
    quiet.clear()
    #expect(written.withLock { $0 }.isEmpty)
    let bar = ProgressBar(isTerminal: true) { text in written.withLock { $0 += text } }
    bar.show(Self.progress)
    bar.show(Self.progress)
    #expect(written.withLock { $0 }.split(separator: "\r").count == 1, "redrawn at most ten times a second")
    bar.clear()
    bar.clear()
    #expect(written.withLock { $0 }.split(separator: "\r").count == 2, "cleared once")
  }

  @Test func everyBatchAndEpochIsReported() throws {
    var batches: [String] = []
    var epochs: [Int] = []
    let result = try train(
      CheckpointTests.network, training: CheckpointTests.training(), validation: CheckpointTests.validation(),
      options: CheckpointTests.options(epochs: 2),
      progress: { progress in
        if let finished = progress.finished {
          epochs.append(finished.epoch)
        } else {
          batches.append("\(progress.epoch):\(progress.batch)/\(progress.batches)")
          #expect(progress.samplesPerSecond > 0 && progress.secondsLeft >= 0)
        }
      })
    #expect(batches == ["1:1/4", "1:2/4", "1:3/4", "1:4/4", "2:1/4", "2:2/4", "2:3/4", "2:4/4"])
    #expect(epochs == [1, 2])
    #expect(result.history.epochs.map(\.epoch) == [1, 2])
  }
}
