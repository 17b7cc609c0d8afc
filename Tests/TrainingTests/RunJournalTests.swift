import Foundation
import ModelTestSupport
import TestSupport
import Testing
import Training

/// Remembers what it hears, in words.
private final class Recorder: RunListener {
  let run: RunDescription
  private(set) var events: [String] = []

  init(_ run: RunDescription) { self.run = run }

  func receive(_ event: RunEvent, at moment: RunMoment) {
    func name(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }
    let text =
      switch event {
      case .begins, .validating: ""
      case .start(let initial): "start \(initial ?? "from the seed")"
      case .resume(let path): "resume \(name(path))"
      case .step(let result): "step of \(Int(result.statistics.weight))"
      case .validation(let result): "validation of \(result.count)"
      case .checkpoint(let report): "checkpoint \(name(report.path))"
      case .trouble(.skipped(let error)): "skipped \(name(error.path))"
      case .trouble(.salvaged(let error)): "salvaged \(name(error.path))"
      case .warning(let text): "warning \(text)"
      case .stop(let signals): "stop \(signals)"
      case .end(let outcome): "end \(outcome)"
      }
    if !text.isEmpty { events.append("\(moment.step) \(moment.epoch) \(text)") }
  }
}

@Suite(.serialized) struct RunJournalTests {
  let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  /// Trains and returns what a listener heard.
  private func listen(_ overrides: [String]) throws -> Recorder {
    var recorder: Recorder?
    let trainer = try Trainer(
      tiny.configuration(overrides), runDirectory: tiny.scratch.file("run"), world: tiny.world,
      allowing: [.schedule],
      listeners: {
        let made = Recorder($0)
        recorder = made
        return [made]
      })
    _ = try trainer.train()
    return try #require(recorder)
  }

  @Test("a listener hears everything in order, with steps and epochs")
  func order() throws {
    let first = try listen(["run.steps=2", "checkpoint.everySteps=1"])
    #expect(
      first.events == [
        "0 0.0 start from the seed", "1 0.375 step of 24", "1 0.0 checkpoint step-000000001.h5",
        "2 0.75 step of 24", "2 0.0 checkpoint step-000000002.h5", "2 0.0 end limitReached",
      ])
    #expect(first.run.imageCount == TinyRun.imageCount && first.run.learnsClasses)
    #expect(first.run.stepsPerEpoch == 3 && first.run.totalSteps == 6 && first.run.rankCount == 1)

    let second = try listen(["schedule.steps=3", "run.evaluateEveryEpochs=1"])
    #expect(
      second.events == [
        "2 0.0 warning schedule.steps was 6 in the checkpoint and is 3 now",
        "2 0.0 resume step-000000002.h5", "3 1.0 step of 16",
        "3 1.0 validation of \(TinyRun.validationCount)", "3 1.0 checkpoint step-000000003.h5",
        "3 1.0 end finished",
      ])
  }

  @Test(
    "a sample that cannot be used, or in part only, is told with its file after its step",
    arguments: [false, true])
  func trouble(salvages: Bool) throws {
    let damaged = try TinyRun.trainingFiles(tiny.scratch.file("data"))[5]
    try TinyRun.corrupt(damaged)
    let events = try listen(["schedule.steps=3", "data.salvage=\(salvages)"]).events
    let name = URL(fileURLWithPath: damaged).lastPathComponent
    let word = salvages ? "salvaged" : "skipped"
    let place = try #require(events.firstIndex { $0.hasSuffix("\(word) \(name)") })
    let whole = events[place].hasPrefix("3") ? 16 : 24
    #expect(events[place - 1].contains("step of \(salvages ? whole : whole - 1)"))
    #expect(!events.contains { $0.contains(salvages ? "skipped" : "salvaged") })
  }
}
