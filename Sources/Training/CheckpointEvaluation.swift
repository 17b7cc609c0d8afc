// Evaluation of a stored model on a labelled index.

import Checkpoints
import Foundation
import ImageCodecs
import ImageData
import MPI
import MUSIQ
import Multiscale
import RunConfig
import Tensors

/// What `evaluate` prints and writes.
public struct EvaluationReport: Sendable, CustomStringConvertible {
  public let result: EvaluationResult
  public let index: SampleIndex
  public let checkpoint: String

  public var description: String { "\(result)\n\(checkpoint) on \(index.root)" }

  /// One row per image in the order of the index: path, target, what the model says, status.
  public func writeCSV(to path: String) throws {
    var columns: [Int: String] = [:]
    let header: String
    switch result {
    case .classification(_, let records):
      header = "path,label,loss,place,status"
      for record in records { columns[record.sample] = "\(record.loss),\(record.place)" }
    case .quality(_, let records):
      header = "path,mos,score,error,status"
      for record in records {
        columns[record.sample] = "\(record.score),\(record.score - record.target)"
      }
    }
    let rows = index.samples.enumerated().map { id, sample in
      let target = index.kind == .classification ? "\(sample.label)" : "\(sample.score)"
      let values = columns[id].map { "\($0),ok" } ?? ",,error"
      return "\(CommaSeparatedText.field(sample.path)),\(target),\(values)"
    }
    let text = ([header] + rows).joined(separator: "\n") + "\n"
    do { try FileAccess.replace(path, with: Array(text.utf8)) } catch {
      throw RunError(
        "cannot write \(path): \(error.reason)", exitCode: ExitCode.inputOutput)
    }
  }
}

/// A checkpoint with the set it is to be measured on.
public struct CheckpointEvaluation {
  private let path: String
  private let configuration: RunConfiguration
  private let model: MUSIQModel
  private let parameters: ParameterStore
  private let index: SampleIndex
  private let warnings: [String]
  private let world: Communicator

  /// Reads model and configuration from the checkpoint, or a .npz, then opens the set.
  /// - Collective: every rank reads the file.
  public init(checkpoint path: String, overrides: [String], world: Communicator) throws {
    let stored = try StoredModel(path, overrides: overrides)
    configuration = stored.configuration
    model = stored.model
    parameters = stored.parameters
    self.path = path
    self.world = world
    let data = configuration.data
    let source = data.manifest.isEmpty ? data.validation : data.manifest
    let opened = try IndexBuilder(options: DecodeOptions(cosineTransform: data.dct)).open(
      source, cacheDirectory: data.indexDirectory.isEmpty ? nil : data.indexDirectory,
      world: world)
    index = opened.index
    warnings = opened.warnings
    guard index.kind != .classification || index.classNames.count <= configuration.model.outputCount
    else {
      throw RunError(
        "\(index.root) has \(index.classNames.count) classes, the model in \(path) has "
          + "\(configuration.model.outputCount) outputs", exitCode: ExitCode.data)
    }
  }

  /// Evaluates every image once.
  /// - Parameter warn: receives one line per image that could not be used; called on every rank for the
  ///   images it reads.
  /// - Collective.
  public func run(warn: @escaping @Sendable (String) -> Void) throws -> EvaluationReport {
    if world.rank == 0 { for warning in warnings { warn(warning) } }
    let pass = EvaluationPass(
      model: model, world: world,
      workers: configuration.parallel.workerCount(world: world))
    let loader = SampleLoader(
      index: index, tokenizer: Tokenizer(configuration: configuration.model.multiscale),
      options: DecodeOptions(cosineTransform: configuration.data.dct),
      padded: configuration.model.attention == .padded)
    let result = try pass(
      loader, parameters: parameters, data: configuration.data,
      onSampleError: { warn("skipped \($0)") })
    return EvaluationReport(result: result, index: index, checkpoint: path)
  }
}
