// The smallest real fine-tuning run, for tests.

import Checkpoints
import Configuration
import Foundation
import MPI
import MUSIQ
import ModelTestSupport
import RunConfig
import TestSupport
import Testing
import Training

/// A tiny quality set in a directory of its own, and the runs made with it.
final class TinyQuality {
  let scratch: ScratchDirectory
  let world: Communicator

  init() throws {
    _ = try RankSuite.world
    world = try Communicator.alone()
    scratch = try ScratchDirectory()
    try TinyRun.writeQualityData(to: scratch.file("data"))
  }

  func configuration(
    _ overrides: [String] = [], over initial: InitialModel = .random
  ) throws -> RunConfiguration {
    try TinyRun.qualityConfiguration(
      data: scratch.file("data"), overrides, over: initial.defaults)
  }

  func trainer(
    _ run: String, _ overrides: [String] = [], from initial: InitialModel = .random
  ) throws -> Trainer {
    try Trainer(
      configuration(overrides, over: initial), from: initial, runDirectory: scratch.file(run),
      world: world)
  }

  @discardableResult
  func train(
    _ run: String, _ overrides: [String] = [], from initial: InitialModel = .random
  ) throws -> CheckpointFile {
    let trainer = try trainer(run, overrides, from: initial)
    _ = try trainer.train()
    return try CheckpointFile(try #require(trainer.lastCheckpoint))
  }

  /// The stored configuration of a checkpoint.
  func model(_ file: CheckpointFile) throws -> MUSIQConfiguration {
    try RunConfiguration.read(yaml: file.state.configuration, named: file.path).model
  }

  func losses(_ run: String) throws -> [Double] {
    let text = try String(contentsOfFile: scratch.file("\(run)/metrics.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").compactMap {
      let event = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      return event?["event"] as? String == "step" ? event?["loss"] as? Double : nil
    }
  }

  func error(_ overrides: [String], from initial: InitialModel = .random) -> TrainingError? {
    do {
      _ = try trainer("refused", overrides, from: initial)
      return nil
    } catch { return error as? TrainingError }
  }
}
