// The same run several times with other seeds and splits: quality sets are small, and one split proves
// little. The published results are means of ten.

import Files
import Foundation
import ImageData
import MPI
import RunConfig

/// A run and its repeats, in `repeat-01`, `repeat-02`, … below one directory.
public struct RepeatedRuns {
  private let configuration: RunConfiguration
  private let initial: InitialModel
  private let directory: String
  private let count: Int
  private let world: Communicator
  private let allowed: Set<RunChange.Kind>
  private let environment: [String]
  private let stealsLock: Bool
  private let stopAdvice: String?

  /// - Parameters: as in `Trainer`.
  public init(
    _ configuration: RunConfiguration, from initial: InitialModel, directory: String, count: Int,
    world: Communicator, allowing allowed: Set<RunChange.Kind> = [], environment: [String] = [],
    stealsLock: Bool = false, stopAdvice: String? = nil
  ) {
    self.configuration = configuration
    self.initial = initial
    self.directory = directory
    self.count = count
    self.world = world
    (self.allowed, self.environment) = (allowed, environment)
    self.stealsLock = stealsLock
    self.stopAdvice = stopAdvice
  }

  /// The configuration of repeat `index`, from 0: seeds and a numbered split column count on.
  public static func configuration(
    _ base: RunConfiguration, repetition index: Int
  ) -> RunConfiguration {
    var result = base
    result.run.seed &+= UInt64(index)
    result.data.split = base.data.split.repetition(index)
    return result
  }

  /// Runs what is not finished yet and writes `repeats.json` and `repeats.csv`.
  /// - Parameter announce: told about each repeat, on rank 0.
  /// - Returns: nil when it was asked to stop; the same call goes on later.
  /// - Collective.
  public func run(resume: ResumePolicy, announce: (String) -> Void) throws -> RepeatSummary? {
    guard configuration.run.steps == 0 else { throw TrainingError.repeatsOfPart }
    // Known before anything is made.
    guard configuration.data.validationSource != nil else {
      throw TrainingError.repeatsWithoutValidation
    }
    var results: [RepeatResult] = []
    for index in 0..<count {
      let name = String(format: "repeat-%02d", index + 1)
      let folder = "\(directory)/\(name)"
      let repetition = Self.configuration(configuration, repetition: index)
      if let result = try finished(folder) {
        if world.rank == 0 { announce("\(name) of \(count): finished before") }
        results.append(result)
        continue
      }
      if world.rank == 0 {
        announce("\(name) of \(count): seed \(repetition.run.seed), in \(folder)")
      }
      guard let result = try train(repetition, in: folder, number: index + 1, resume: resume) else {
        return nil
      }
      results.append(result)
    }
    let summary = RepeatSummary(results)
    try write(json: summary, to: "\(directory)/repeats.json")
    try write(bytes: Array(summary.csv.utf8), to: "\(directory)/repeats.csv")
    return summary
  }

  /// One repeat from wherever it is to its end; nil when it was asked to stop.
  private func train(
    _ configuration: RunConfiguration, in folder: String, number: Int, resume: ResumePolicy
  ) throws -> RepeatResult? {
    let trainer = try Trainer(
      configuration, from: initial, runDirectory: folder, world: world, resume: resume,
      allowing: allowed, environment: environment, stealsLock: stealsLock, stopAdvice: stopAdvice)
    let outcome = try trainer.train()
    guard outcome == .finished, let evaluation = try trainer.finalEvaluation() else { return nil }
    let result = RepeatResult(
      number: number, seed: configuration.run.seed, splitColumn: configuration.data.split.column,
      splitSeed: configuration.data.split.seed, count: evaluation.count,
      metrics: RepeatResult.metrics(
        of: trainer.table(of: evaluation), exponent: configuration.objective.exponent))
    try write(json: result, to: "\(folder)/result.json")
    return result
  }

  /// The result of a repeat that has one.
  private func finished(_ folder: String) throws -> RepeatResult? {
    var result: RepeatResult?
    if world.rank == 0, let bytes = try? FileSystem.read("\(folder)/result.json") {
      result = try? JSONDecoder().decode(RepeatResult.self, from: Data(bytes))
    }
    return try world.shared(result)
  }

  private func write(json value: some Encodable, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try write(bytes: [UInt8](encoder.encode(value)) + [0x0A], to: path)
  }

  private func write(bytes: [UInt8], to path: String) throws {
    try world.onRoot { () throws(TrainingError) in
      do throws(FileError) { try FileSystem.replace(path, with: bytes) } catch {
        throw .unwritable(path: path, reason: error.reason)
      }
    }
  }
}
