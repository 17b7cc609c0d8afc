import Checkpoints
import Configuration
import Failures
import Foundation
import ImageData
import Inference
import MPI
import MUSIQ
import ModelTestSupport
import RunConfig
import Testing
import TestSupport
import Training

@Suite(.serialized) struct FineTuningRunTests {
  private let tiny: TinyQuality

  init() throws { tiny = try TinyQuality() }

  @Test("a score is learned in units of its deviation; the checkpoint explains it")
  func score() throws {
    let trainer = try tiny.trainer("run", ["run.evaluateEveryEpochs=1"])
    #expect(try trainer.train() == .finished)
    let file = try CheckpointFile(try #require(trainer.lastCheckpoint))
    let model = try tiny.model(file)
    #expect(model.outputCount == 1 && model.score.kind == .fixed(.score))
    #expect(model.score.quantiles.count == 21)
    #expect(model.score.offset == model.score.quantiles[10])
    #expect(model.score.range == [model.score.quantiles[0], model.score.quantiles[20]])
    // The head is zero at first: the loss is the mean deviation from the median in units of σ.
    #expect(try (0.6...1.1).contains(tiny.losses("run")[0]))
    // Metrics are in the units of the data set: a guess near the median is off by about σ.
    guard case .scores(let report, let records)? = trainer.lastEvaluation else {
      Issue.record("expected a quality report")
      return
    }
    #expect(report.count == 8)
    #expect((10...60).contains(report.rootMeanSquareError))
    #expect(records.allSatisfy { (0...100).contains($0.target) && abs($0.score) < 200 })
  }

  @Test("raw units: the first loss is the mean score")
  func raw() throws {
    let model = try tiny.model(tiny.train("run", ["objective.normalize=none", "run.steps=1"]))
    #expect(model.score.offset == 0 && model.score.scale == 1)
    #expect(try (20...90).contains(tiny.losses("run")[0]))
    // Configured units are used as they are.
    let own = try tiny.model(
      tiny.train("own", ["model.score.offset=50", "model.score.scale=10", "run.steps=1"]))
    #expect(own.score.offset == 50 && own.score.scale == 10)
  }

  @Test("attributes and ratings have outputs of their own, and their losses fall")
  func kinds() throws {
    let long = ["schedule.steps=40", "optimizer.learningRate=0.003"]
    let attributes = try tiny.train("attributes", long + ["data.targets=[mos, brightness]"])
    let model = try tiny.model(attributes)
    #expect(model.outputCount == 2 && model.score.kind == .fixed(.attributes))
    #expect(model.score.names == ["mos", "brightness"])
    let ratings = try tiny.train("ratings", long + ["objective.loss=earthMoversDistance"])
    #expect(try tiny.model(ratings).outputCount == 5)
    #expect(try tiny.model(ratings).score.range == [1, 5])
    for run in ["attributes", "ratings"] {
      let losses = try tiny.losses(run)
      let (first, last) = (losses[..<4].reduce(0, +), losses.suffix(4).reduce(0, +))
      #expect(last < 0.9 * first, "\(run): \(losses)")
    }
  }

  @Test("three steps and three after a resume are six steps, on scores")
  func resume() throws {
    let expected = try tiny.train("whole").digest()
    try tiny.train("parts", ["run.steps=3"])
    #expect(try tiny.train("parts").digest() == expected)
  }

  @Test("a head that fits is kept with its units; one that does not is reinitialized")
  func heads() throws {
    let first = try tiny.train("first")
    let kept = try InitialModel(first.path)
    #expect(try tiny.configuration(over: kept).model.hiddenSize == 32)
    let second = try tiny.train("second", ["optimizer.learningRate=1e-30"], from: kept)
    #expect(try tiny.model(second).score.offset == tiny.model(first).score.offset)
    func head(_ file: CheckpointFile) throws -> [Float] {
      let tensor = try #require(file.parameters.first { $0.name == "head/kernel" })
      return try file.values(of: tensor)
    }
    #expect(try head(second) == head(first))
    let random = try InitialModel(first.path, head: .random)
    let third = try tiny.train("third", ["optimizer.learningRate=1e-30"], from: random)
    #expect(try head(third).allSatisfy { abs($0) < 1e-20 })
    // Everything else is the same.
    let wide = try #require(first.parameters.first { $0.name == "embedding/kernel" })
    #expect(try third.values(of: wide) == first.values(of: wide))
    // Another meaning, another head.
    let ratings = ["objective.loss=earthMoversDistance", "optimizer.learningRate=1e-30"]
    #expect(try tiny.model(tiny.train("ratings", ratings, from: kept)).outputCount == 5)
    let insisting = try InitialModel(first.path, head: .keep)
    let refused = tiny.error(ratings, from: insisting)
    #expect(refused?.kind == .configuration)
    #expect(
      refused?.description.contains("has 1 outputs (score), the data needs 5 outputs (ratings)")
        == true)
  }

  @Test("keys that contradict the initial model are named with both values")
  func contradictions() throws {
    let initial = try InitialModel(try tiny.train("first", ["run.steps=1"]).path)
    let wide = tiny.error(["model.hiddenSize=64"], from: initial)
    #expect(wide?.kind == .configuration)
    #expect(wide?.description.contains("model.hiddenSize is 64, the file has 32") == true)
    // Tables may change when they are named.
    let grid = ["model.multiscale.hashGrid=5", "run.steps=1"]
    guard case .initialModel(_, _, let parameters) = tiny.error(grid, from: initial) else {
      Issue.record("expected the table to be refused")
      return
    }
    #expect(parameters == ["Transformer/posembed_input/pos_embedding"])
    let allowing = try InitialModel(
      initial.path ?? "", allowing: ["Transformer/posembed_input/pos_embedding"])
    try tiny.train("grid", grid, from: allowing)
    // Of two keys the one that is allowed is not blamed.
    let both = tiny.error(grid + ["model.mlpSize=96"], from: allowing)
    #expect(both?.description.contains("model.mlpSize is 96, the file has 64") == true)
    #expect(both?.description.contains("hashGrid") == false)
  }

  @Test("what the data gives to the configuration is in the ranges of its keys")
  func resolvedRanges() throws {
    let rows = try String(contentsOfFile: tiny.scratch.file("data/labels.csv"), encoding: .utf8)
      .split(separator: "\n").dropFirst()
      .map { "\($0.split(separator: ",")[0]),\($0.split(separator: ",")[1])e30" }
    let path = tiny.scratch.file("data/huge.csv")
    try (["path,mos"] + rows).joined(separator: "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    do {
      _ = try tiny.trainer("huge", ["data.manifest=\(path)"])
      Issue.record("expected an error")
    } catch {
      #expect((error as? any Failure)?.kind == .configuration)
      #expect("\(error)".contains("model.score.offset: expected -1e+30 to 1e+30, found "))
    }
  }

  @Test(
    "heads, losses and data that do not belong together are refused with the keys",
    arguments: [
      (
        ["objective.loss=crossEntropy"],
        ["objective.loss is crossEntropy", "one score per image"]
      ),
      (
        ["model.outputCount=3"],
        ["model.outputCount: expected 1, found 3", "one score per image"]
      ),
      (["model.score.kind=ratings"], ["model.score.kind is ratings", "one score per image"]),
      (
        ["data.targets=[c1, c2, c3, c4, c5]", "objective.loss=absoluteError"],
        ["objective.loss is absoluteError", "ratings c1 to c5"]
      ),
      (
        ["data.targets=[mos, brightness]", "objective.loss=earthMoversDistance"],
        ["objective.loss is earthMoversDistance", "2 scores per image"]
      ),
    ] as [([String], [String])])
  func pairs(overrides: [String], words: [String]) throws {
    let error = tiny.error(overrides)
    #expect(error?.kind == .configuration)
    for word in words {
      #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }
  }

  @Test("scores on another scale and constant scores end the run before it begins")
  func guards() throws {
    func problem(_ overrides: [String]) -> String {
      do {
        _ = try tiny.trainer("refused", overrides)
        return ""
      } catch {
        #expect((error as? any Failure)?.kind == .data, "\(error)")
        return "\(error)"
      }
    }
    #expect(problem(["data.scoreRange=[1, 5]"]).contains("they look like 0-100"))
    let folder = tiny.scratch.file("data")
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/images")
    let rows = names.map { "images/\($0),3,1" }.joined(separator: "\n")
    try "path,mos,c\n\(rows)".write(
      toFile: "\(folder)/same.csv", atomically: true, encoding: .utf8)
    let constant = problem(["data.manifest=\(folder)/same.csv"])
    #expect(constant.contains("all 32 training scores are 3.0: there is nothing to learn"))
    #expect(
      problem(["data.manifest=\(folder)/same.csv", "data.targets=[mos, c]"]).contains(" of mos "))
  }

  @Test("an export has scores in units of the data set: offset and scale are in the head")
  func folding() throws {
    let stored = try StoredModel(tiny.train("run").path)
    let score = stored.configuration.model.score
    #expect(score.offset != 0 && score.scale != 1)
    try stored.export(to: tiny.scratch.file("x.npz"), as: .npz, names: .official)
    let exported = try StoredModel(tiny.scratch.file("x.npz"))
    #expect(exported.configuration.model.score.offset == 0)
    #expect(exported.configuration.model.score.scale == 1)
    #expect(exported.configuration.model.score.quantiles == score.quantiles)
    // The same scores up to the rounding of the folded head.
    let evaluations = try [stored.path, tiny.scratch.file("x.npz")].map {
      try CheckpointEvaluation(
        checkpoint: $0, overrides: ["data.manifest=\(tiny.scratch.file("data/labels.csv"))"],
        world: tiny.world
      ).run { _ in }.result
    }
    guard case .scores(_, let before) = evaluations[0],
      case .scores(_, let after) = evaluations[1]
    else {
      Issue.record("expected scores")
      return
    }
    #expect(before.count == TinyRun.qualityCount)
    for (x, y) in zip(before, after) { #expect(abs(x.score - y.score) < 1e-4 * score.scale) }
    // Nothing to fold, nothing changed.
    #expect(exported.withScoresInUnits().digest == exported.digest)
  }

  @Test("repeats: other seeds and folds, results kept, mean, deviation and median")
  func repeats() throws {
    let configuration = try tiny.configuration(["data.split.column=fold_01", "schedule.steps=3"])
    func run(_ configuration: RunConfiguration) throws -> RepeatSummary? {
      try RepeatedRuns(
        configuration, from: .random, directory: tiny.scratch.file("runs"), count: 2,
        world: tiny.world
      ).run(resume: .auto) { _ in }
    }
    let summary = try #require(try run(configuration))
    #expect(summary.repeats.map(\.seed) == [5, 6])
    #expect(summary.repeats.map(\.splitColumn) == ["fold_01", "fold_02"])
    #expect(summary.repeats.map(\.count) == [10, 10])
    let values = summary.repeats.compactMap { $0.metrics["srcc"] }
    #expect(values.count == 2)
    #expect(summary.statistics["srcc"]?.mean == (values[0] + values[1]) / 2)
    let table = try String(contentsOfFile: tiny.scratch.file("runs/repeats.csv"), encoding: .utf8)
    #expect(table.hasPrefix("repeat,seed,split,count,srcc,plcc,rmse\n1,5,fold_01,10,"))
    #expect(table.contains("\nmedian,,,,"))
    // Finished repeats are not run again: one without its checkpoints keeps its result.
    try FileManager.default.removeItem(atPath: tiny.scratch.file("runs/repeat-01/checkpoints"))
    try FileManager.default.removeItem(atPath: tiny.scratch.file("runs/repeat-02/result.json"))
    #expect(try run(configuration) == summary)
    #expect(
      !FileManager.default.fileExists(atPath: tiny.scratch.file("runs/repeat-01/checkpoints")))
    // Without validation images there is nothing to compare.
    var blind = configuration
    (blind.data.train, blind.data.manifest) = (blind.data.manifest, "")
    #expect(throws: TrainingError.repeatsWithoutValidation) {
      try RepeatedRuns(
        blind, from: .random, directory: tiny.scratch.file("blind"), count: 2, world: tiny.world
      ).run(resume: .auto) { _ in }
    }
  }

  @Test("repeats measure each attribute, and ratings by the objective's distance")
  func repeatMetrics() throws {
    func summary(_ name: String, _ overrides: [String]) throws -> RepeatSummary {
      let runs = RepeatedRuns(
        try tiny.configuration(overrides + ["schedule.steps=3"]), from: .random,
        directory: tiny.scratch.file(name), count: 1, world: tiny.world)
      return try #require(try runs.run(resume: .auto) { _ in })
    }
    let attributes = try summary("named", ["data.targets=[mos, brightness]"])
    let metrics = try #require(attributes.repeats.first).metrics
    #expect(metrics["plcc.mos"] == metrics["plcc"])
    #expect(metrics["rmse"] != nil && metrics["krcc"] == nil)
    #expect(metrics["srcc.brightness"] != nil)
    #expect(
      attributes.csv.hasPrefix("repeat,seed,split,count,srcc,plcc,rmse,plcc.brightness,plcc.mos,"))
    #expect(attributes.description.contains("PLCC.brightness "))
    let ratings = try summary(
      "ratings", ["objective.loss=earthMoversDistance", "objective.exponent=1.5"])
    #expect(ratings.repeats[0].metrics["emd_r1.5"] != nil)
    #expect(ratings.repeats[0].metrics["emd_r1"] == nil)
    #expect(ratings.csv.hasPrefix("repeat,seed,split,count,"))
  }

  @Test("statistics of repeats")
  func statistics() {
    let four = RepeatSummary.Statistics([4, 1, 2, 3])
    #expect(four.mean == 2.5 && four.median == 2.5)
    #expect(abs(four.deviation - (5.0 / 3).squareRoot()) < 1e-12)
    let one = RepeatSummary.Statistics([7])
    #expect(one.mean == 7 && one.median == 7 && one.deviation == 0)
  }

  @Test("a plan shows the division and the scores without making a run directory")
  func plan() throws {
    let text = try RunPlan(RunAssembly(tiny.configuration(), world: tiny.world)).text(nil)
    #expect(text.contains("train: rows with split 'train'"))
    #expect(text.contains("training labels: 32 scores"))
    #expect(text.contains("1 output (score), loss absoluteError, score ="))
  }
}
