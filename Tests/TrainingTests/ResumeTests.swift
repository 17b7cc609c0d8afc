import Checkpoints
import Foundation
import ImageData
import Inference
import MUSIQ
import ModelTestSupport
import RunConfig
import Testing
import Training

/// A run that goes on is the run that was saved: what would make it another one is refused.
@Suite(.serialized) struct ResumeTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  private func text(_ name: String = "config.yaml") throws -> String {
    try String(contentsOfFile: tiny.scratch.file("run/\(name)"), encoding: .utf8)
  }

  /// The changes for which a run is refused.
  private func refused(
    _ overrides: [String], allowing allowed: Set<RunChange.Kind> = []
  ) -> [RunChange] {
    do {
      _ = try tiny.trainer("run", overrides, allowing: allowed)
      return []
    } catch TrainingError.changed(_, let changes) {
      return changes
    } catch {
      Issue.record("\(error)")
      return []
    }
  }

  @Test("what changes the meaning of a run is refused with both values, and allowed by kind")
  func settings() throws {
    try tiny.train("run", ["run.steps=2"])
    let before = try text()
    let cases: [(setting: String, before: String, now: String, kind: RunChange.Kind)] = [
      ("run.seed", "5", "6", .seed), ("schedule.steps", "6", "7", .schedule),
      ("parallel.globalBatchSize", "24", "16", .batch),
      ("optimizer.kind", "adamw", "sgd", .optimizer),
      ("optimizer.learningRate", "0.001", "0.5", .optimizer),
      ("objective.loss", "auto", "crossEntropy", .objective),
      ("augmentation.flipProbability", "0.5", "0.25", .augmentation),
      ("model.multiscale.nativePatchCap", "40", "30", .model),
      ("data.dct", "fast", "accurate", .model),
    ]
    for (setting, old, new, kind) in cases {
      let change = RunChange(kind, setting, before: old, now: new)
      #expect(refused(["\(setting)=\(new)"]) == [change])
      #expect(refused(["\(setting)=\(new)"], allowing: [kind]).isEmpty)
    }
    // Several at once, in the order of the keys.
    #expect(
      refused(["run.seed=6", "schedule.steps=7"], allowing: [.data]).map(\.kind)
        == [.schedule, .seed])
    // What changes speed and rounding only is told; nothing was written meanwhile.
    #expect(refused(["parallel.gradientShards=4", "run.steps=3"]).isEmpty)
    #expect(try text() == before)
    #expect(try tiny.events("run", "resume").isEmpty)
  }

  @Test("the settings of former steps stay when others follow")
  func formerSettings() throws {
    try tiny.train("run", ["run.steps=2"])
    let first = try text()
    try tiny.train("run", ["run.seed=6"], allowing: [.seed])
    #expect(try text().contains("seed: 6") && text("config-until-2.yaml") == first)
    // Nothing new, nothing kept.
    try tiny.train("run", ["run.seed=6"])
    let files = try FileManager.default.contentsOfDirectory(atPath: tiny.scratch.file("run"))
    #expect(
      files.filter { $0.hasPrefix("config") }.sorted() == ["config-until-2.yaml", "config.yaml"])
  }

  @Test("a finished run is made longer on request only, and never ends before its last step")
  func longer() throws {
    try tiny.train("run")
    #expect(refused(["schedule.steps=8"]).map(\.name) == ["schedule.steps"])
    let longer = try tiny.train("run", ["schedule.steps=8"], allowing: [.schedule])
    #expect(longer.state.step == 8)
    #expect(
      throws: TrainingError.pastEnd(checkpoint: longer.path, step: 8, totalSteps: 3)
    ) {
      try tiny.trainer("run", ["schedule.steps=3"], allowing: [.schedule])
    }
  }

  @Test("other images, other labels and overwritten files are noticed; another place is none")
  func data() throws {
    try tiny.train("run", ["run.steps=2"])
    let manager = FileManager.default
    let (data, moved) = (tiny.scratch.file("data"), tiny.scratch.file("moved"))
    try manager.copyItem(atPath: data, toPath: moved)
    let elsewhere = ["data.train=\(moved)/train", "data.validation=\(moved)/val"]
    #expect(refused(elsewhere).isEmpty)
    let files = try TinyRun.trainingFiles(moved)
    try manager.removeItem(atPath: files[0])
    #expect(refused(elsewhere).map(\.kind) == [.data])
    #expect(refused(elsewhere, allowing: [.data]).isEmpty)
    // As many files of the same name, size and length.
    try manager.copyItem(atPath: "\(data)/\(files[0].dropFirst(moved.count + 1))", toPath: files[0])
    #expect(refused(elsewhere).isEmpty)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: files[0]))
    bytes[bytes.count - 3] ^= 1
    try bytes.write(to: URL(fileURLWithPath: files[0]))
    let found = refused(elsewhere)
    #expect(found.map(\.kind) == [.data])
    #expect(found.first?.before.hasPrefix("64 images, some of them with the digest") == true)
  }

  @Test("other classes of the same number are refused; the same ones may come in any order")
  func classes() throws {
    let data = tiny.scratch.file("data")
    try tiny.train("run", ["run.steps=2"])
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(data)/train").sorted()
    // The same images in an index that numbers the classes backward.
    var index = try IndexBuilder().open("\(data)/train", world: nil).index
    index.classNames.reverse()
    for id in index.samples.indices {
      index.samples[id].target = .classIndex(Int32(names.count - 1) - index[id].classIndex)
    }
    let path = tiny.scratch.file("backward.idx")
    try index.write(to: path)
    let expected = try tiny.train("straight").digest()
    #expect(try tiny.train("run", ["data.train=\(path)"]).digest() == expected)
    // Other names.
    let other = tiny.scratch.file("other")
    try FileManager.default.copyItem(atPath: data, toPath: other)
    for part in ["train", "val"] {
      try FileManager.default.moveItem(
        atPath: "\(other)/\(part)/\(names[0])", toPath: "\(other)/\(part)/zebra")
    }
    let found = refused(["data.train=\(other)/train", "data.validation=\(other)/val"])
    #expect(found.map(\.kind) == [.classes, .data])
    #expect(found.first?.before.contains(names[0]) == true)
    #expect(found.first?.name == "model.score.names")
  }

  @Test("a checkpoint stores what trained it; the digest of the state does not cover it")
  func stored() throws {
    let file = try tiny.train("run")
    let training = try #require(file.state.training)
    #expect(training.count == TinyRun.imageCount && training.lengths.count == 16)
    let model = try RunConfiguration.read(yaml: file.state.configuration, named: "run").model
    #expect(
      try model.score.names
        == FileManager.default.contentsOfDirectory(atPath: tiny.scratch.file("data/train")).sorted()
    )
  }

  @Test("settings from the environment are in the log")
  func environment() throws {
    let trainer = try Trainer(
      tiny.configuration(["run.steps=1"]), runDirectory: tiny.scratch.file("run"),
      world: tiny.world, environment: ["MUSIQ_SET: run.steps=1"])
    _ = try trainer.train()
    let start = try #require(try tiny.events("run", "start").first)
    #expect(start["environment"] as? [String] == ["MUSIQ_SET: run.steps=1"])
  }
}

@Suite(.serialized) struct ResumedUnitsTests {
  private let tiny: TinyQuality

  init() throws { tiny = try TinyQuality() }

  @Test("a trained head keeps its units, whatever the data is now")
  func units() throws {
    let first = try tiny.model(tiny.train("run", ["run.steps=2"]))
    let table = tiny.scratch.file("data/many.csv")
    let text = try String(contentsOfFile: table, encoding: .utf8)
    let lines = text.split(separator: "\n").enumerated().map { row, line in
      var fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      if row > 0 { fields[1] = "\((Double(fields[1]) ?? 0) / 2)" }
      return fields.joined(separator: ",")
    }
    let other = tiny.scratch.file("data/halved.csv")
    try lines.joined(separator: "\n").write(toFile: other, atomically: true, encoding: .utf8)
    func train(_ overrides: [String], allowing allowed: Set<RunChange.Kind>) throws -> Trainer {
      let trainer = try Trainer(
        tiny.configuration(overrides), runDirectory: tiny.scratch.file("run"), world: tiny.world,
        allowing: allowed)
      _ = try trainer.train()
      return trainer
    }
    let refused = #expect(throws: TrainingError.self) {
      try train(["data.manifest=\(other)"], allowing: [])
    }
    #expect(refused?.description.contains("the training set was 32 images, paths, labels") == true)
    let resumed = try train(["data.manifest=\(other)"], allowing: [.data])
    let second = try tiny.model(CheckpointFile(try #require(resumed.lastCheckpoint)))
    #expect(second.score.offset == first.score.offset && second.score.scale == first.score.scale)
    #expect(second.score.quantiles != first.score.quantiles)
    // Other units are never allowed.
    let units = #expect(throws: TrainingError.self) {
      try train(
        ["data.manifest=\(other)", "model.score.offset=1", "model.score.scale=2"],
        allowing: Set(RunChange.Kind.allCases))
    }
    guard case .changed(_, let changes)? = units else { return }
    #expect(changes.map(\.kind) == [.units, .units])
  }

  @Test("another division of the table is a change of the split")
  func split() throws {
    try tiny.train("run", ["run.steps=2"])
    let error = #expect(throws: TrainingError.self) {
      try tiny.trainer("run", ["data.split.column=fold_01"])
    }
    guard case .changed(_, let changes)? = error else { return }
    #expect(Set(changes.map(\.kind)) == [.split] && changes.count == 2)
  }
}
