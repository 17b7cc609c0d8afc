// Evaluation of a stored model on a labelled index.

import Checkpoints
import Foundation
import ImageCodecs
import ImageData
import Layers
import MPI
import MUSIQ
import Multiscale
import RunConfig
import Tensors

/// What `evaluate` prints and writes.
public struct EvaluationReport: Sendable, CustomStringConvertible {
  public let result: EvaluationResult
  public let outputs: [SampleOutput?]
  public let index: SampleIndex
  public let checkpoint: String

  public var description: String {
    var text = "images \(result.count)  failed \(result.failed)  loss \(fixed(result.loss, 6))"
    if index.kind == .classification {
      text += "  top-1 \(fixed(result.top1, 4))  top-5 \(fixed(result.top5, 4))"
    }
    return text + "  (\(checkpoint) on \(index.root))"
  }

  /// One row per image: path, label or score, prediction, loss, status.
  public func writeCSV(to path: String) throws {
    var rows = ["path,target,prediction,loss,status"]
    for (sample, output) in zip(index.samples, outputs) {
      let target = index.kind == .classification ? "\(sample.label)" : "\(sample.score)"
      let field = sample.path.contains { ",\"\n\r".contains($0) }
        ? "\"\(sample.path.replacingOccurrences(of: "\"", with: "\"\""))\"" : sample.path
      rows.append(
        output.map { "\(field),\(target),\(fixed($0.prediction, 6)),\(fixed($0.loss, 6)),ok" }
          ?? "\(field),\(target),,,error")
    }
    do {
      try (rows.joined(separator: "\n") + "\n").write(
        toFile: path, atomically: true, encoding: .utf8)
    } catch {
      throw RunError(
        "cannot write \(path): \(reason(of: error))", exitCode: ExitCode.inputOutput)
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

  /// Reads model and configuration from the checkpoint, then opens the set.
  /// - Collective: every rank reads the file.
  public init(checkpoint path: String, overrides: [String], world: Communicator) throws {
    let file = try CheckpointFile(path)
    let saved = try RunConfiguration.read(
      yaml: file.state.configuration, named: "the configuration in \(path)")
    configuration = try RunConfiguration.resolve(
      defaults: saved, environment: [:], overrides: overrides
    ).configuration
    model = MUSIQModel(configuration.model)
    parameters = ParameterStore(layout: model.layout)
    try file.read(into: parameters)
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
    let objective: Objective = index.kind == .classification ? .crossEntropy : .absoluteError
    let pass = EvaluationPass(
      model: model, objective: objective, world: world,
      workers: configuration.parallel.workerCount(world: world))
    let loader = SampleLoader(
      index: index, tokenizer: Tokenizer(configuration: configuration.model.multiscale),
      options: DecodeOptions(cosineTransform: configuration.data.dct),
      padded: configuration.model.attention == .padded)
    let (result, outputs) = try pass(
      loader, parameters: parameters, data: configuration.data,
      onSampleError: { warn("skipped \($0)") })
    return EvaluationReport(result: result, outputs: outputs, index: index, checkpoint: path)
  }
}
