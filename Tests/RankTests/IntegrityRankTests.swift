// Flipped bits in memory and wrong arithmetic, on one rank, are found by all before anything is kept.

import DataParallel
import ImageData
import MPI
import ModelTestSupport
import Multiscale
import RunConfig
import TestSupport
import Testing
import Training

extension RankSuites {
  @Suite(.serialized) struct IntegrityRankTests {
    let world: Communicator
    let scratch: ScratchDirectory

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
      scratch = try ScratchDirectory(sharedBy: world) { try TinyRun.writeData(to: $0) }
    }

    /// One image for all samples, and another one, if asked, for a second time.
    private struct SameImage: ImageSource {
      let image: TrainingImage
      let second: TrainingImage

      init(_ run: RunAssembly, gray: UInt8 = 99, second: UInt8 = 99) {
        func image(_ gray: UInt8) -> TrainingImage {
          TrainingImage(
            tokens: Tokenizer(configuration: run.configuration.model.multiscale).tokens(
              height: 64, width: 48, pixels: [UInt8](repeating: gray, count: 64 * 48 * 3),
              padded: false),
            target: .classIndex(3))
        }
        (self.image, self.second) = (image(gray), image(second))
      }

      func next(worker: Int) -> TrainingImage? { image }
      func again(_ sample: PlannedSample) -> TrainingImage? { second }
    }

    private func assembly(_ overrides: [String]) throws -> RunAssembly {
      try RunAssembly(
        TinyRun.configuration(data: scratch.file("data"), ["parallel.workers=2"] + overrides),
        world: world)
    }

    /// The error of a step that must end with one, the same on all ranks.
    private func error<Expected: Error & Equatable>(
      _ type: Expected.Type, of body: () throws -> Void
    ) throws -> Expected {
      var found: Expected?
      do { try body() } catch let error as Expected { found = error }
      let error = try #require(found)
      #expect(Set(try world.allGather(text: "\(error)")).count == 1)
      return error
    }

    @Test(
      "a bit that flips between two updates is found in the next step, with rank and part",
      arguments: ["exact", "allreduce"], [nil, 0, 1])
    func flip(reduction: String, moment: Int?) throws {
      let run = try assembly(["parallel.reduction=\(reduction)"])
      let images = SameImage(run)
      var batches = run.batches
      let batch = batches.batch(at: DataPosition(epoch: 0, cursor: 0)).plan
      for culprit in 0..<world.size {
        var (step, state) = try run.makeStep()
        state.parameters.initialize(seed: 1)
        for _ in 0..<2 {
          _ = try step(batch, from: images, updating: &state, requests: StepRequests())
        }
        if world.rank == culprit {
          let memory = (moment.map { state.moments[$0] } ?? state.parameters.buffer).elements
          // The lowest bit of a number in the middle: no loss would show it.
          memory[memory.count / 2] = Float(
            bitPattern: memory[memory.count / 2].bitPattern ^ 1)
        }
        let error = try error(StateChanged.self) {
          _ = try step(batch, from: images, updating: &state, requests: StepRequests())
        }
        let part = moment.map { "moment \(state.momentNames[$0])" } ?? "parameters"
        #expect(error.ranks.map(\.rank) == [culprit] && error.ranks[0].parts == [part])
        #expect("\(error)".contains("rank \(culprit) on \(world.processorName) (\(part))"))
        #expect(state.optimizerStep == 2)
      }
    }

    @Test("a shard that a second rank computes differently ends the step, naming both ranks")
    func audit() throws {
      let run = try assembly(["parallel.replicaCheckSteps=1", "parallel.gradientShards=8"])
      var batches = run.batches
      let batch = batches.batch(at: DataPosition(epoch: 0, cursor: 0)).plan
      var (step, state) = try run.makeStep()
      state.parameters.initialize(seed: 1)
      _ = try step(batch, from: SameImage(run), updating: &state, requests: StepRequests())
      // One gray level more, of one image, is a wrong gradient.
      let wrong = try error(ShardsDiffer.self) {
        _ = try step(
          batch, from: SameImage(run, second: 100), updating: &state, requests: StepRequests())
      }
      #expect(wrong.step == 1 && wrong.ranks.count == 2 && state.optimizerStep == 1)
      #expect((wrong.ranks[0].rank == wrong.ranks[1].rank) == (world.size == 1))
    }

    @Test("checks at every step change no bit of a run")
    func sameBits() throws {
      var digests: Set<String> = []
      for every in [0, 1] {
        let run = try assembly(["parallel.replicaCheckSteps=\(every)"])
        var batches = run.batches
        let batch = batches.batch(at: DataPosition(epoch: 0, cursor: 0)).plan
        var (step, state) = try run.makeStep()
        state.parameters.initialize(seed: 1)
        for _ in 0..<3 {
          _ = try step(batch, from: SameImage(run), updating: &state, requests: StepRequests())
          state.step += 1
        }
        digests.insert("\(state.parameters.buffer.elements.map(\.bitPattern).hashValue)")
      }
      #expect(digests.count == 1)
    }

    @Test("an update that gives no numbers ends the run before anything is saved")
    func overflow() throws {
      let run = try assembly([])
      var batches = run.batches
      let batch = batches.batch(at: DataPosition(epoch: 0, cursor: 0)).plan
      var (step, state) = try run.makeStep()
      state.parameters.initialize(seed: 1)
      // The square of a gradient that was too large; the update itself is zero there.
      if world.rank == world.size - 1 { state.moments[1].pointer[0] = .infinity }
      let error = try error(NumericalError.self) {
        _ = try step(batch, from: SameImage(run), updating: &state, requests: StepRequests())
      }
      #expect(error.learningRate != nil && error.loss.isFinite)
      #expect("\(error)".contains("made parameters or moments infinite or NaN"))
    }
  }
}
