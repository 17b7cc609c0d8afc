import Checkpoints
import Foundation
import MPI
import ModelTestSupport
import RunConfig
import Testing
import TestSupport
import Training

extension RankSuites {
  @Suite(.serialized) struct FineTuningRankTests {
    let world: Communicator
    let scratch: ScratchDirectory

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
      scratch = try ScratchDirectory(sharedBy: world) { try TinyRun.writeQualityData(to: $0) }
    }

    private func configuration(
      _ overrides: [String], over initial: InitialModel
    ) throws -> RunConfiguration {
      try TinyRun.qualityConfiguration(
        data: scratch.file("data"), overrides, over: initial.defaults)
    }

    /// Fine-tunes in the run directory `name` and returns the trainer.
    private func train(
      _ name: String, _ overrides: [String], from initial: InitialModel = .random,
      on world: Communicator
    ) throws -> Trainer {
      let trainer = try Trainer(
        configuration(overrides, over: initial), from: initial, runDirectory: scratch.file(name),
        world: world)
      _ = try trainer.train()
      return trainer
    }

    /// The last checkpoint of the same run by rank 0 alone, while the others wait.
    private func reference(
      _ name: String, _ overrides: [String], from initial: InitialModel = .random
    ) throws -> CheckpointFile {
      var path = ""
      if world.rank == 0 {
        let trainer = try train(name, overrides, from: initial, on: Communicator.alone())
        path = trainer.lastCheckpoint ?? ""
      }
      return try CheckpointFile(try world.broadcast(text: path, from: 0))
    }

    static let tasks = [
      ("score", ["objective.loss=auto"]),
      ("attributes", ["data.targets=[mos, brightness]", "optimizer.kind=sgd"]),
      ("ratings", ["objective.loss=earthMoversDistance", "run.seed=9"]),
    ]

    @Test("six steps on a score, attributes or ratings have the bits of one process")
    func sameBits() throws {
      for (name, overrides) in Self.tasks {
        let expected = try reference("\(name)-alone", overrides)
        let trainer = try train(
          "\(name)-all", overrides + ["parallel.workers=2", "run.evaluateEveryEpochs=1"], on: world)
        let file = try CheckpointFile(try #require(trainer.lastCheckpoint))
        #expect(try file.digest().parameters == expected.digest().parameters, "\(name)")
        let texts = try world.allGather(text: "\(String(describing: trainer.lastEvaluation))")
        #expect(Set(texts).count == 1)
      }
      try world.barrier()
    }

    @Test("a run from another model's file, stopped and resumed at all ranks, has the same bits")
    func initialModel() throws {
      let first = try reference("first", ["run.steps=2"])
      let initial = try InitialModel(first.path)
      let expected = try reference("alone", ["data.targets=[mos, brightness]"], from: initial)
      let half = ["data.targets=[mos, brightness]", "run.steps=3"]
      _ = try train("all", half, from: initial, on: world)
      let trainer = try train("all", [half[0]], from: initial, on: world)
      let file = try CheckpointFile(try #require(trainer.lastCheckpoint))
      #expect(try file.digest() == expected.digest())
      try world.barrier()
    }

    @Test("a division by ratio and its refusals are the same on all ranks; repeats agree")
    func divisions() throws {
      let labels = ["data.manifest=\(scratch.file("data/labels.csv"))", "schedule.steps=2"]
      let expected = try reference("ratio-alone", labels)
      let trainer = try train("ratio-all", labels, on: world)
      let file = try CheckpointFile(try #require(trainer.lastCheckpoint))
      #expect(try file.digest() == expected.digest())
      var found = ""
      do {
        _ = try train("refused", labels + ["data.scoreRange=[1, 5]"], on: world)
      } catch { found = "\(error)" }
      let texts = try world.allGather(text: found)
      #expect(Set(texts).count == 1 && found.contains("they look like 0-100"), "\(texts)")
      let runs = RepeatedRuns(
        try configuration(labels, over: .random), from: .random, directory: scratch.file("repeats"),
        count: 2, world: world)
      let summary = try #require(try runs.run(resume: .auto) { _ in })
      let all = try world.allGather(text: summary.csv)
      #expect(Set(all).count == 1 && summary.repeats.count == 2)
      #expect(try runs.run(resume: .auto) { _ in } == summary)
      try world.barrier()
    }
  }
}
