import Checkpoints
import Files
import Foundation
import ModelTestSupport
import RunConfig
import TestSupport
import Testing
import Training

@Suite(.serialized) struct BestCheckpointTests {
  let tiny: TinyTraining
  /// Validated after steps 3, 6 and 9.
  private let validated = ["run.evaluateEveryEpochs=1", "schedule.steps=9"]

  init() throws { tiny = try TinyTraining() }

  private func link(_ name: String, _ run: String = "run") throws -> String {
    try FileSystem.link(tiny.scratch.file("\(run)/checkpoints/\(name)"))
  }

  private func figures(_ run: String = "run") throws -> [(step: Int, figure: ValidationFigure)] {
    try tiny.events(run, "evaluation").map {
      (
        try #require($0["step"] as? Int),
        ValidationFigure(
          name: "top1", value: try #require($0["top1"] as? Double),
          loss: try #require($0["loss"] as? Double))
      )
    }
  }

  @Test("the best step by validation is saved and stays; best.h5 and last.h5 lead to best and last")
  func best() throws {
    try tiny.train("run", validated + ["checkpoint.keepLast=1"])
    let figures = try figures()
    #expect(figures.map(\.step) == [3, 6, 9])
    var best = figures[0]
    for next in figures.dropFirst() where next.figure.isBetter(than: best.figure) { best = next }
    #expect(try link("best.h5") == CheckpointName.file(step: best.step))
    #expect(try link("last.h5") == "step-000000009.h5")
    let names = Set([best.step, 9].map(CheckpointName.file)).union(["best.h5", "last.h5"])
    #expect(Set(try tiny.checkpoints("run")) == names)
    let file = try CheckpointFile(tiny.scratch.file("run"))
    #expect(file.state.step == best.step && file.state.validation == best.figure)
    #expect(try file.verify() == [])
  }

  @Test("without keepBest nothing is saved or kept for it; without validation there is no best")
  func off() throws {
    try tiny.train("off", validated + ["checkpoint.keepBest=0", "checkpoint.keepLast=1"])
    #expect(try tiny.checkpoints("off") == ["last.h5", "step-000000009.h5"])
    try tiny.train("blind", ["run.evaluateEveryEpochs=0"])
    #expect(try tiny.checkpoints("blind") == ["last.h5", "step-000000006.h5"])
    #expect(try CheckpointFile(tiny.scratch.file("blind")).state.validation == nil)
  }

  @Test("links are nothing to resume from, and a resumed run knows the best one before it")
  func resume() throws {
    let expected = try tiny.train("whole", validated).digest()
    try tiny.train("run", validated + ["run.steps=4"])
    #expect(try link("last.h5") == "step-000000004.h5")
    #expect(try tiny.train("run", validated).digest() == expected)
    #expect(try tiny.events("run", "resume").compactMap { $0["step"] as? Int } == [4])
    #expect(try link("best.h5") == link("best.h5", "whole"))
    // A directory is its best checkpoint, also to go on from.
    let step = try CheckpointFile(tiny.scratch.file("whole")).state.step
    try tiny.train("copy", validated, resume: .file(tiny.scratch.file("whole")))
    #expect(try tiny.events("copy", "resume").compactMap { $0["step"] as? Int } == [step])
  }

  @Test("files of the names of the links are left alone, and that is told once")
  func foreign() throws {
    try tiny.scratch.write("run/checkpoints/best.h5", text: "mine")
    try tiny.train("run", validated)
    #expect(try FileSystem.read(tiny.scratch.file("run/checkpoints/best.h5")) == Array("mine".utf8))
    #expect(try link("last.h5") == "step-000000009.h5")
  }

  @Test("a validation that a stop has cut off is made up for by the resumed run")
  func madeUp() throws {
    let whole = validated + ["checkpoint.keepLast=9", "checkpoint.everySteps=3"]
    try tiny.train("whole", whole)
    // As a stop leaves it: the third step is saved, and was not validated.
    try tiny.train("run", ["run.evaluateEveryEpochs=0", "schedule.steps=9", "run.steps=3"])
    try tiny.train("run", whole)
    #expect(try tiny.events("run", "evaluation").compactMap { $0["step"] as? Int } == [3, 6, 9])
    #expect(
      try CheckpointFile(tiny.scratch.file("run/checkpoints/step-000000003.h5")).state.validation
        == CheckpointFile(tiny.scratch.file("whole/checkpoints/step-000000003.h5")).state.validation
    )
  }

  @Test("the umask decides who may read a run, all of it alike")
  func modes() throws {
    let old = umask(0o027)
    defer { umask(old) }
    try tiny.train("run", validated)
    for (name, mode) in [
      ("run", 0o750), ("run/checkpoints", 0o750), ("run/index", 0o750), ("run/config.yaml", 0o640),
      ("run/metrics.jsonl", 0o640), ("run/checkpoints/step-000000009.h5", 0o640),
    ] {
      let attributes = try FileManager.default.attributesOfItem(
        atPath: tiny.scratch.file(name))
      #expect(attributes[.posixPermissions] as? Int == mode, "\(name)")
    }
  }
}
