import Checkpoints
import Files
import Foundation
import MPI
import RunConfig
import TestSupport
import Testing
import Training

/// What a start leaves behind, and who may start.
@Suite(.serialized) struct RunStartTests {
  let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  /// Everything below a directory, with the bytes of files.
  private func contents(_ name: String) throws -> [String: Data] {
    let root = tiny.scratch.file(name)
    var result: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: root) {
      result[path] = FileManager.default.contents(atPath: "\(root)/\(path)") ?? Data()
    }
    return result
  }

  @Test(
    "a start that is refused leaves no directory",
    arguments: [
      ["model.outputCount=5"], ["data.train=nowhere"], ["data.validation=nowhere"],
      ["parallel.globalBatchSize=8", "parallel.gradientShards=0"],
    ])
  func refused(overrides: [String]) throws {
    #expect(throws: (any Error).self) { try tiny.train("new/run", overrides) }
    #expect(!FileSystem.exists(tiny.scratch.file("new")))
    let resumed = #expect(throws: CheckpointError.self) {
      try tiny.train("new/run", resume: .file("nowhere.h5"))
    }
    #expect(resumed?.path == "nowhere.h5")
    #expect(!FileSystem.exists(tiny.scratch.file("new")))
  }

  @Test("a start that is refused leaves nothing in a directory that was there")
  func unchanged() throws {
    try tiny.train("run", ["run.steps=1"])
    let before = try contents("run")
    for (overrides, policy) in [
      (["model.outputCount=5"], ResumePolicy.auto), (["model.hiddenSize=64"], .auto),
      (["run.steps=2"], .never), (["data.train=\(tiny.scratch.file("data/val"))"], .never),
    ] {
      #expect(throws: (any Error).self) { try tiny.train("run", overrides, resume: policy) }
      #expect(try contents("run") == before, "\(overrides)")
    }
    try tiny.scratch.makeFolder("empty")
    #expect(throws: (any Error).self) { try tiny.train("empty", ["model.outputCount=5"]) }
    #expect(try contents("empty") == [:])
  }

  @Test("a directory that another job has is refused before anything is read, and stays as it is")
  func inUse() throws {
    let lock = try RunLock(
      tiny.scratch.file(".lock"), host: "n1")
    defer { lock.release() }
    let found = #expect(throws: RunDirectoryError.self) {
      try Trainer(
        tiny.configuration(["data.train=nowhere"]), runDirectory: tiny.scratch.path,
        world: tiny.world)
    }
    #expect(found?.problem == .inUse(by: lock.owner) && found?.kind == .launch)
    #expect(
      found?.description
        == "run directory '\(tiny.scratch.path)' is in use by process \(getpid()) on n1, since "
        + lock.owner.since)
    #expect(lock.isHeld)
  }

  @Test("a run has the lock until it ends, and then the next one may begin")
  func lockOfRun() throws {
    let trainer = try tiny.trainer("run", ["run.steps=1"])
    let path = tiny.scratch.file("run/.lock")
    #expect(FileSystem.exists(path))
    #expect(throws: RunDirectoryError.self) { try tiny.trainer("run") }
    _ = try trainer.train()
    #expect(!FileSystem.exists(path))
    #expect(try tiny.train("run", ["run.steps=2"]).state.step == 2)
    // Also if it ends with an error.
    #expect(throws: (any Error).self) {
      try tiny.train(
        "wild", ["optimizer.learningRate=1e6", "schedule.warmupSteps=0", "schedule.steps=50"])
    }
    #expect(!FileSystem.exists(tiny.scratch.file("wild/.lock")))
    #expect(FileSystem.exists(tiny.scratch.file("wild/config.yaml")))
  }

  @Test("a run whose directory was taken over ends before it writes anything more")
  func lost() throws {
    let trainer = try tiny.trainer("run", ["checkpoint.everySteps=1"])
    let thief = try RunLock(tiny.scratch.file("run/.lock"), host: "n2", stealing: true)
    let found = #expect(throws: RunDirectoryError.self) { try trainer.train() }
    #expect(found?.problem == .lost)
    #expect(thief.isHeld)
    #expect(!FileSystem.exists(tiny.scratch.file("run/checkpoints")))
  }

  @Test("a log that is no regular file ends the start", arguments: [true, false])
  func log(isFolder: Bool) throws {
    try tiny.scratch.makeFolder("run")
    let path = tiny.scratch.file("run/metrics.jsonl")
    if isFolder { try tiny.scratch.makeFolder("run/metrics.jsonl") } else { mkfifo(path, 0o666) }
    let found = #expect(throws: RunDirectoryError.self) { try tiny.train("run") }
    guard case .logCannotBeWritten(let reason) = found?.problem else {
      Issue.record("\(String(describing: found))")
      return
    }
    #expect(reason == (isFolder ? "Is a directory" : "not a regular file"))
    #expect(found?.kind == .inputOutput)
    #expect(try contents("run").keys.sorted() == ["metrics.jsonl"])
  }
}
