import Checkpoints
import DataParallel
import Foundation
import ImageData
import Inference
import MPI
import MUSIQ
import Multiscale
import ModelTestSupport
import RunConfig
import Tensors
import TestSupport
import Testing
import Training

extension RankSuites {
  @Suite(.serialized) struct TrainingRankTests {
    let world: Communicator
    let scratch: ScratchDirectory

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
      scratch = try ScratchDirectory(sharedBy: world) { try TinyRun.writeData(to: $0) }
    }

    private func configuration(_ overrides: [String] = []) throws -> RunConfiguration {
      try TinyRun.configuration(data: scratch.file("data"), overrides)
    }

    /// Trains in the run directory `name` on all ranks and returns the last checkpoint.
    private func train(
      _ name: String, _ overrides: [String] = [], resume: ResumePolicy = .auto
    ) throws -> CheckpointFile {
      try train(name, overrides, resume: resume, on: world)
    }

    private func train(
      _ name: String, _ overrides: [String], resume: ResumePolicy = .auto, on world: Communicator
    ) throws -> CheckpointFile {
      let trainer = try Trainer(
        configuration(overrides), runDirectory: scratch.file(name), world: world, resume: resume)
      _ = try trainer.train()
      return try CheckpointFile(try #require(trainer.lastCheckpoint))
    }

    /// The last checkpoint of the same run by rank 0 alone, while the others wait.
    private func reference(
      _ name: String = "reference", _ overrides: [String] = []
    ) throws -> CheckpointFile {
      var path = ""
      if world.rank == 0 {
        path = try train(name, overrides, on: Communicator.alone()).path
      }
      return try CheckpointFile(try world.broadcast(text: path, from: 0))
    }

    /// ‖a − b‖ / ‖b‖ over all values of a group.
    private func distance(_ a: CheckpointFile, _ b: CheckpointFile, group: String) throws -> Double
    {
      var (difference, norm) = (0.0, 0.0)
      for tensor in b.tensors where tensor.group == group {
        for (x, y) in zip(try a.values(of: tensor), try b.values(of: tensor)) {
          difference += Double(x - y) * Double(x - y)
          norm += Double(y) * Double(y)
        }
      }
      return (difference / norm).squareRoot()
    }

    /// Events of a run's log, on every rank.
    private func events(_ name: String) throws -> [[String: Any]] {
      let text = try String(
        contentsOfFile: scratch.file("\(name)/metrics.jsonl"), encoding: .utf8)
      return try text.split(separator: "\n").compactMap {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      }
    }

    @Test("six steps have the bits of one process, with any number of workers")
    func sameBits() throws {
      let expected = try reference().digest()
      for workers in [1, 2] {
        let digest = try train("run-\(workers)", ["parallel.workers=\(workers)"]).digest()
        #expect(digest == expected, "\(workers) workers")
      }
      // Every step says the same: loss and norm are sums in a fixed order, too.
      let columns = try ["reference", "run-1", "run-2"].map { name in
        try events(name).filter { $0["event"] as? String == "step" }.map {
          [$0["loss"] as? Double, $0["gradientNorm"] as? Double, $0["accuracy"] as? Double]
        }
      }
      #expect(columns[0].count == 6 && columns[1] == columns[0] && columns[2] == columns[0])
      try world.barrier()
    }

    @Test("three steps and three after a resume at another number of ranks have the same bits")
    func resume() throws {
      let expected = try reference().digest()
      let limit = ["run.steps=3"]
      // One process, then all.
      let single = try reference("one", limit)
      #expect(single.state.step == 3)
      #expect(try train("one").digest() == expected)
      // All, then all with other workers; then from the file, in a new directory.
      let half = try train("all", limit).path
      #expect(try train("all", ["parallel.workers=2"]).digest() == expected)
      #expect(try train("copy", resume: .file(half)).digest() == expected)
      // All, then one process.
      _ = try train("many", limit)
      #expect(try reference("many").digest() == expected)
      try world.barrier()
    }

    @Test(
      "momentum SGD, padded attention, another model and one big micro-batch have the same bits, too"
    )
    func variants() throws {
      for (name, overrides) in [
        ("sgd", ["optimizer.kind=sgd", "optimizer.learningRate=0.02"]),
        ("padded", ["model.attention=padded", "run.steps=2"]),
        (
          "linear",
          [
            "model.patchEncoder=linear", "model.spatialEmbedding=fixed",
            "model.scaleEmbedding=false", "model.multiscale.resize=square",
            "model.multiscale.channels=1",
          ]
        ),
        ("micro", ["parallel.microBatchTokens=100000", "parallel.gradientShards=13"]),
      ] {
        let expected = try reference("\(name)-reference", overrides).digest()
        #expect(try train(name, overrides).digest() == expected, "\(name)")
      }
      try world.barrier()
    }

    @Test("the all-reduce reduction trains the same to 1e-4, in one bucket and in several")
    func allReduce() throws {
      // Wide enough for several buckets of 1 MiB, which is the smallest.
      let wide = [
        "model.hiddenSize=192", "model.mlpSize=320", "optimizer.kind=sgd",
        "optimizer.learningRate=0.02", "run.steps=4",
      ]
      let exact = try reference("wide", wide)
      #expect(exact.parameters.reduce(0) { $0 + $1.count } > 1 << 19)
      for (name, overrides) in [
        ("several", wide + ["parallel.bucketMegabytes=1", "parallel.workers=2"]),
        ("one", wide + ["parallel.bucketMegabytes=100"]),
      ] {
        let file = try train(name, overrides + ["parallel.reduction=allreduce"])
        #expect(try distance(file, exact, group: "parameters") < 1e-4)
        #expect(try distance(file, exact, group: "optimizer/\(exact.moments[0])") < 1e-4)
      }
      try world.barrier()
    }

    @Test("a run changes between the reductions at a checkpoint")
    func changeOfReduction() throws {
      let plain = ["optimizer.kind=sgd", "optimizer.learningRate=0.02"]
      let exact = try reference("plain", plain)
      let conventional = plain + ["parallel.reduction=allreduce"]
      _ = try train("there", conventional + ["run.steps=3"])
      #expect(try distance(train("there", plain), exact, group: "parameters") < 1e-4)
      _ = try train("back", plain + ["run.steps=3"])
      let back = try train("back", conventional)
      #expect(try distance(back, exact, group: "parameters") < 1e-4)
      #expect(back.state.optimizerStep == 6)
      try world.barrier()
    }

    @Test("evaluation gives the same report at any number of ranks and workers")
    func evaluation() throws {
      let path = try train("run", ["run.steps=2"]).path
      let alone = try Communicator.alone()
      let expected = try CheckpointEvaluation(
        checkpoint: path, overrides: ["parallel.workers=1"], world: alone
      ).run { _ in }
      #expect(expected.result.count == TinyRun.validationCount)
      // 0 is as many as the machine has room for.
      for workers in [1, 2, 0] {
        let report = try CheckpointEvaluation(
          checkpoint: path, overrides: ["parallel.workers=\(workers)"], world: world
        ).run { _ in }
        #expect(report.result == expected.result)
      }
      try world.barrier()
    }

    @Test(
      "corrupt images are skipped, or salvaged, alike at any number of ranks, counted and named",
      arguments: ["skipped", "salvaged"])
    func corruptImages(_ word: String) throws {
      let damaged = try [3, 30, 59].map { try TinyRun.trainingFiles(scratch.file("data"))[$0] }
      if world.rank == 0 { for path in damaged { try TinyRun.corrupt(path) } }
      try world.barrier()
      let salvages = word == "salvaged"
      let settings = ["data.salvage=\(salvages)"]
      let expected = try reference("reference", settings).digest()
      #expect(try train("run", settings + ["parallel.workers=2"]).digest() == expected)
      for name in ["reference", "run"] {
        let told = try events(name).filter { $0["event"] as? String == word }
        // Six steps are two epochs: each is met twice.
        #expect(told.compactMap { $0["path"] as? String }.sorted() == (damaged + damaged).sorted())
        #expect(told.allSatisfy { ($0["detail"] as? String)?.isEmpty == false })
        let steps = try events(name).filter { $0["event"] as? String == "step" }
        #expect(steps.compactMap { $0[word] as? Int }.reduce(0, +) == 6)
        let used = 2 * TinyRun.imageCount - (salvages ? 0 : 6)
        #expect(steps.compactMap { $0["count"] as? Int }.reduce(0, +) == used)
      }
      try world.barrier()
    }

    @Test("too many corrupt images end the run with the same error on all ranks")
    func tooManyCorruptImages() throws {
      if world.rank == 0 {
        for path in try TinyRun.trainingFiles(scratch.file("data")).prefix(40) {
          try TinyRun.corrupt(path)
        }
      }
      try world.barrier()
      let trainer = try Trainer(
        configuration(), runDirectory: scratch.file("run"), world: world)
      var found: TooManyBadSamples?
      do { _ = try trainer.train() } catch let error as TooManyBadSamples {
        found = error
      }
      let texts = try world.allGather(text: found.map { "\($0)" } ?? "none")
      #expect(Set(texts).count == 1 && texts[0].contains("data.maxBadFraction"), "\(texts)")
      try world.barrier()
    }

    @Test("divergence is found by all ranks in the same step")
    func divergence() throws {
      let overrides = [
        "optimizer.learningRate=1e6", "schedule.warmupSteps=0", "checkpoint.everySteps=1",
      ]
      let trainer = try Trainer(
        configuration(overrides), runDirectory: scratch.file("run"), world: world)
      var found: NumericalError?
      do { _ = try trainer.train() } catch let error as NumericalError { found = error }
      let steps = try world.allGather([found?.step ?? -1]).map { $0[0] }
      #expect(Set(steps).count == 1 && steps[0] > 0, "\(steps)")
      // What is on disk is from before.
      let last = try #require(trainer.lastCheckpoint)
      #expect(try CheckpointFile(last).state.step == steps[0])
      #expect(try CheckpointFile(last).measure().allSatisfy { $0.norm.isFinite })
      try world.barrier()
    }

    /// Images of one size, without files. One worker of the last rank may find that it cannot go on.
    private struct OneImage: ImageSource {
      struct Failure: Error, CustomStringConvertible { let description = "no more memory" }

      let image: TrainingImage
      let failingWorker: Int?

      func next(worker: Int) throws -> TrainingImage? {
        if worker == failingWorker { throw Failure() }
        return image
      }

      func again(_ sample: PlannedSample) -> TrainingImage? { image }
    }

    @Test(
      "an error of one worker ends the step on all ranks, before the update; the next one works",
      arguments: ["exact", "allreduce"])
    func workerFailure(reduction: String) throws {
      let run = try RunAssembly(
        configuration(["parallel.reduction=\(reduction)", "parallel.workers=2"]), world: world)
      var (step, state) = try run.makeStep()
      state.parameters.initialize(seed: 1)
      let parameters = UnsafeBufferPointer(state.parameters.buffer.elements)
      let before = Fingerprint(parameters)
      var batches = run.batches
      let batch = batches.batch(at: DataPosition(epoch: 0, cursor: 0)).plan
      let image = TrainingImage(
        tokens: Tokenizer(configuration: run.configuration.model.multiscale).tokens(
          height: 64, width: 48, pixels: [UInt8](repeating: 99, count: 64 * 48 * 3), padded: false),
        target: .classIndex(3))
      let start = ContinuousClock.now
      #expect(
        throws: WorkerFailure(
          rank: world.size - 1, host: world.processorName, reason: "no more memory")
      ) {
        try step(
          batch,
          from: OneImage(image: image, failingWorker: world.rank == world.size - 1 ? 1 : nil),
          updating: &state, requests: StepRequests())
      }
      #expect(ContinuousClock.now - start < .seconds(20))
      #expect(Fingerprint(parameters) == before && state.optimizerStep == 0)

      let result = try step(
        batch, from: OneImage(image: image, failingWorker: nil), updating: &state,
        requests: StepRequests())
      #expect(result.statistics.weight == Double(batch.samples.count))
      #expect(Fingerprint(parameters) != before && state.optimizerStep == 1)
      try state.requireEqualReplicas(world: world)
    }

    /// Counts what it hears.
    private final class Counter: RunListener {
      private(set) var count = 0
      func receive(_ event: RunEvent, at moment: RunMoment) {
        if case .begins = event { return }
        count += 1
      }
    }

    @Test("rank 0 alone tells of the run")
    func listeners() throws {
      let counter = Counter()
      let trainer = try Trainer(
        configuration(["run.steps=2"]), runDirectory: scratch.file("run"), world: world,
        listeners: { _ in [counter] })
      _ = try trainer.train()
      // Start, two steps, a checkpoint, the end.
      #expect(counter.count == (world.rank == 0 ? 5 : 0))
      try world.barrier()
    }

    @Test("a fresh start over an old run is refused on all ranks")
    func neverResume() throws {
      _ = try train("run", ["run.steps=1"])
      let found = #expect(throws: TrainingError.self) {
        _ = try train("run", ["run.steps=1"], resume: .never)
      }
      #expect(found?.kind == .checkpoint)
      let texts = try world.gather(found)
      #expect(texts.allSatisfy { $0 == found }, "\(texts)")
      try world.barrier()
    }
  }
}
