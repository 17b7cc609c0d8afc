import Checkpoints
import Failures
import Foundation
import ImageData
import MPI
import MUSIQ
import ModelTestSupport
import RunConfig
import TestSupport
import Testing
import Training

/// A tiny data set in a directory of its own, and the runs made with it.
final class TinyTraining {
  let scratch: ScratchDirectory
  let world: Communicator

  init() throws {
    _ = try RankSuite.world
    world = try Communicator.alone()
    scratch = try ScratchDirectory()
    try TinyRun.writeData(to: scratch.file("data"))
  }

  func configuration(_ overrides: [String] = []) throws -> RunConfiguration {
    try TinyRun.configuration(data: scratch.file("data"), overrides)
  }

  func trainer(
    _ run: String, _ overrides: [String] = [], resume: ResumePolicy = .auto,
    allowing allowed: Set<RunChange.Kind> = []
  ) throws -> Trainer {
    try Trainer(
      configuration(overrides), runDirectory: scratch.file(run), world: world, resume: resume,
      allowing: allowed)
  }

  /// Trains and returns the last checkpoint.
  @discardableResult
  func train(
    _ run: String, _ overrides: [String] = [], resume: ResumePolicy = .auto,
    allowing allowed: Set<RunChange.Kind> = []
  ) throws -> CheckpointFile {
    let trainer = try trainer(run, overrides, resume: resume, allowing: allowed)
    _ = try trainer.train()
    return try CheckpointFile(try #require(trainer.lastCheckpoint))
  }

  /// The lines of metrics.jsonl of one event, or of all.
  func events(_ run: String, _ event: String? = nil) throws -> [[String: Any]] {
    let text = try String(contentsOfFile: scratch.file("\(run)/metrics.jsonl"), encoding: .utf8)
    let lines = try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    return lines.filter { event == nil || $0["event"] as? String == event }
  }

  /// Names of the files in `run/checkpoints`, sorted.
  func checkpoints(_ run: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: scratch.file("\(run)/checkpoints")).sorted()
  }
}

@Suite(.serialized) struct TrainerTests {
  let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  @Test("the loss falls, and the first one is that of a guess among eight classes")
  func learning() throws {
    try tiny.train(
      "run", ["schedule.steps=60", "optimizer.learningRate=0.003", "optimizer.weightDecay=0"])
    let losses = try tiny.events("run", "step").compactMap { $0["loss"] as? Double }
    #expect(losses.count == 60)
    // The head is zero at first, so all classes are equally likely.
    #expect(abs(losses[0] - log(8)) < 1e-6)
    let last = losses.suffix(6).reduce(0, +) / 6
    #expect(last < 0.8 * log(8), "\(losses)")
  }

  @Test("three steps and three more after a resume are six steps")
  func resume() throws {
    let expected = try tiny.train("whole").digest()
    let half = try tiny.train("parts", ["run.steps=3"])
    #expect(half.state.step == 3)
    #expect(try tiny.train("parts").digest() == expected)
    #expect(try tiny.events("parts", "resume").count == 1)
    // Each step once, in order.
    let steps = try tiny.events("parts", "step").compactMap { $0["step"] as? Int }
    #expect(steps == [1, 2, 3, 4, 5, 6])
    // Another seed is another run.
    #expect(try tiny.train("other", ["run.seed=6"]).digest() != expected)
  }

  @Test("a finished run that is started again has nothing to do")
  func finished() throws {
    let first = try tiny.train("run").path
    let trainer = try tiny.trainer("run")
    #expect(try trainer.train() == .finished)
    #expect(trainer.lastCheckpoint == first)
    #expect(trainer.summary(.finished).contains("finished at step 6 of 6"))
    #expect(try tiny.events("run", "step").count == 6)
  }

  @Test("run.steps stops early and says so")
  func limit() throws {
    let trainer = try tiny.trainer("run", ["run.steps=2"])
    #expect(try trainer.train() == .limitReached)
    #expect(trainer.summary(.limitReached).contains("reached run.steps at step 2 of 6"))
  }

  @Test("a fresh start over existing checkpoints is refused, with the way out")
  func neverResume() throws {
    try tiny.train("run", ["run.steps=1"])
    let settings = try String(contentsOfFile: tiny.scratch.file("run/config.yaml"), encoding: .utf8)
    let found = #expect(throws: TrainingError.self) {
      try tiny.train("run", ["run.steps=2"], resume: .never)
    }
    #expect(found?.kind == .checkpoint)
    #expect(found?.description.contains("already holds") == true)
    #expect(found?.description.hasSuffix("step-000000001.h5") == true)
    #expect(
      try String(contentsOfFile: tiny.scratch.file("run/config.yaml"), encoding: .utf8) == settings)
    // Where nothing is, nothing is refused.
    #expect(try tiny.train("fresh", ["run.steps=1"], resume: .never).state.step == 1)
  }

  @Test("the last K checkpoints stay, every N steps and at the end")
  func keepLast() throws {
    try tiny.train("run", ["checkpoint.everySteps=2", "checkpoint.keepLast=2", "schedule.steps=7"])
    #expect(
      try tiny.checkpoints("run") == ["last.h5", "step-000000006.h5", "step-000000007.h5"])
    let written = try tiny.events("run", "checkpoint").compactMap { $0["step"] as? Int }
    #expect(written == [2, 4, 6, 7])
  }

  @Test("an absurd learning rate ends the run before the update, with good checkpoints")
  func divergence() throws {
    let overrides = [
      "optimizer.learningRate=1e6", "schedule.warmupSteps=0", "checkpoint.everySteps=1",
      "checkpoint.keepLast=9",
    ]
    var errors: [NumericalError] = []
    for _ in 0..<2 {
      do { try tiny.train("run", overrides) } catch let error as NumericalError {
        errors.append(error)
      }
    }
    try #require(errors.count == 2)
    // Started again from the checkpoint, the same step fails in the same way.
    #expect(errors[0].step == errors[1].step && errors[0].step > 0)
    #expect(errors[0].kind == .numerical)
    #expect("\(errors[0])".contains("the last checkpoint is good"))
    #expect(!(errors[0].loss.isFinite && errors[0].gradientNorm.isFinite))
    let last = try #require(try tiny.checkpoints("run").last)
    let file = try CheckpointFile(tiny.scratch.file("run/checkpoints/\(last)"))
    #expect(file.state.step == errors[0].step && file.state.optimizerStep == errors[0].step)
    #expect(try file.measure().allSatisfy { $0.isIntact && $0.norm.isFinite })
  }

  @Test("position after each step: every sample once per epoch, the last batch smaller")
  func positions() throws {
    try tiny.train(
      "run", ["checkpoint.everySteps=1", "checkpoint.keepLast=10", "schedule.steps=7"])
    let states = try (1...7).map {
      try CheckpointFile(tiny.scratch.file("run/checkpoints/step-00000000\($0).h5")).state
    }
    #expect(states.map(\.epoch) == [0, 0, 1, 1, 1, 2, 2])
    #expect(states.map(\.cursor) == [24, 48, 0, 24, 48, 0, 24])
    #expect(states.map(\.step) == Array(1...7) && states.map(\.optimizerStep) == Array(1...7))
    let steps = try tiny.events("run", "step")
    #expect(steps.compactMap { $0["count"] as? Int } == [24, 24, 16, 24, 24, 16, 24])
    let epochs = steps.compactMap { $0["epoch"] as? Double }
    #expect(epochs == [0.375, 0.75, 1, 1.375, 1.75, 2, 2.375])
    #expect(
      try TrainingData(
        tiny.configuration().data, indexDirectory: tiny.scratch.file("run/index"),
        world: tiny.world
      ).stepsPerEpoch(globalBatchSize: 24) == 3)
  }

  @Test("a checkpoint of a larger data set is refused instead of reading beyond the end")
  func smallerData() throws {
    let path = try tiny.train("run", ["run.steps=2"]).path  // 48 samples into the epoch
    let files = try TinyRun.trainingFiles(tiny.scratch.file("data"))
    let half = files.indices.filter { $0 % 2 == 0 }.map { files[$0] }
    for file in half {
      let count = try Data(contentsOf: URL(fileURLWithPath: file)).count
      try Data(count: count).write(to: URL(fileURLWithPath: file))
    }
    // Other bytes are noticed; once they are allowed, they are skipped: the run keeps its index, and the
    // plan stays.
    let changed = #expect(throws: TrainingError.self) { try tiny.train("run") }
    #expect(changed?.description.contains("the training set was 64 images, some of them") == true)
    #expect(throws: TooManyBadSamples.self) {
      try tiny.train("run", ["data.maxBadFraction=0"], allowing: [.data])
    }
    for file in half { try FileManager.default.removeItem(atPath: file) }
    let found = #expect(throws: TrainingError.self) {
      try tiny.train("smaller", resume: .file(path), allowing: [.data])
    }
    #expect(found?.kind == .checkpoint)
    #expect(found?.description.contains("48") == true && found?.description.contains("32") == true)
  }

  @Test("the size of micro-batches changes rounding only")
  func microBatches() throws {
    let plain = ["optimizer.kind=sgd", "optimizer.learningRate=0.02", "schedule.warmupSteps=0"]
    let sizes = [1, 100, 100_000]
    let files = try sizes.map {
      try tiny.train("tokens-\($0)", plain + ["parallel.microBatchTokens=\($0)"])
    }
    for (size, file) in zip(sizes, files).dropFirst() {
      for (tensor, other) in zip(file.parameters, files[0].parameters) {
        let (x, y) = (try file.values(of: tensor), try files[0].values(of: other))
        let largest = y.map(abs).max() ?? 0
        let worst = zip(x, y).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= 1e-5 * max(largest, 1), "\(tensor.name), \(size) tokens")
      }
    }
    let norms = try sizes.map {
      try tiny.events("tokens-\($0)", "step").compactMap { $0["gradientNorm"] as? Double }
    }
    for other in norms.dropFirst() {
      let worst = zip(other, norms[0]).map { (x: Double, y: Double) in abs(x - y) / y }.max() ?? 1
      #expect(worst <= 1e-5)
    }
  }

  @Test("validation at the ends of epochs and at the end of the run")
  func validation() throws {
    let trainer = try tiny.trainer("run", ["run.evaluateEveryEpochs=1", "schedule.steps=7"])
    #expect(try trainer.train() == .finished)
    let events = try tiny.events("run", "evaluation")
    #expect(events.compactMap { $0["step"] as? Int } == [3, 6, 7])
    #expect(events.allSatisfy { $0["count"] as? Int == TinyRun.validationCount })
    #expect(trainer.lastEvaluation?.count == TinyRun.validationCount)
    #expect(trainer.summary(.finished).contains("validation  top-1"))
  }

  @Test("an impossible run directory is an error of input and output")
  func runDirectory() throws {
    let file = tiny.scratch.file("file")
    try Data().write(to: URL(fileURLWithPath: file))
    var found: RunDirectoryError?
    do { _ = try tiny.trainer("file/run") } catch let error as RunDirectoryError { found = error }
    let error = try #require(found)
    #expect(error.kind == .inputOutput)
    #expect("\(error)".contains("file/run") && "\(error)".contains("Not a directory"), "\(error)")
  }

  @Test("fewer outputs than classes are refused with both numbers")
  func outputs() throws {
    let found = #expect(throws: TrainingError.self) {
      try tiny.trainer("run", ["model.outputCount=5"])
    }
    #expect(found?.kind == .configuration)
    #expect(found?.description.contains("at least 8") == true)
    #expect(found?.description.contains("found 5") == true)
  }
}
