// What a run tells: the start, every step, skipped samples, evaluations.

import Checkpoints
import DataParallel
import Foundation
import ImageData
import Inference
import Kernels
import MUSIQ
import Multiscale
import Provenance
import RunConfig

extension Trainer {
  /// One line about the run before its first step, and the event in the log.
  func announce(_ resumed: Resumed?) {
    let parallel = configuration.parallel
    let classes = data.training.classNames.count
    progress.message(
      "\(programVersion): \(model.layout.parameterCount) parameters, \(data.training.count) images"
        + (classes > 0 ? " in \(classes) classes" : ""))
    progress.message(
      "  batch \(parallel.globalBatchSize) in \(parallel.gradientShards) shards, \(stepsPerEpoch) steps "
        + "per epoch, \(schedule.totalSteps) in all")
    progress.message(
      "  \(crew), \(parallel.reduction.rawValue) reduction, \(precision.rawValue) by "
        + MatrixProducts.name)
    for note in data.notes { progress.message("  \(note)") }
    if data.training.kind != .classes { progress.message("  \(task.description)") }
    var event = MetricsEvent(
      resumed == nil ? "start" : "resume", step: state.step, epoch: Double(state.epoch))
    event.detail = crew
    if let resumed {
      event.path = resumed.path
      progress.message("resumed from \(resumed.path) at step \(state.step)")
    }
    log?.append(event)
  }

  /// Ranks and workers in words.
  private var crew: String {
    let ranks = world.size == 1 ? "1 rank" : "\(world.size) ranks"
    return "\(ranks) of \(workers) worker\(workers == 1 ? "" : "s")"
  }

  func record(_ result: StepResult, epoch: Double) {
    let (statistics, s) = (result.statistics, result.seconds)
    var event = MetricsEvent("step", step: state.step, epoch: epoch)
    event.loss = result.loss
    if data.training.kind == .classes {
      event.accuracy = statistics.correct / statistics.weight
    }
    event.count = Int(statistics.weight)
    event.skipped = Int(statistics.skipped)
    event.gradientNorm = result.gradientNorm
    event.learningRate = result.learningRate
    event.imagesPerSecond = statistics.weight / s.total
    event.tokensPerSecond = statistics.tokens / s.total
    event.seconds = .init(
      total: s.total, data: s.data, compute: s.compute, communication: s.communication,
      wait: s.wait)
    event.peakResidentGiB = peakResidentGiB()
    log?.append(event)
    progress.report(state.step, epoch: epoch, result: result, worldSize: world.size)
  }

  /// Rank 0 logs the samples that any rank could not read.
  /// - Collective: called when the agreed count of skipped samples is positive.
  func noteSkippedSamples() throws {
    for sample in try world.gather(sampleErrors.take()).joined() {
      var event = MetricsEvent("skipped", step: state.step, epoch: Double(state.epoch))
      event.path = sample.path
      event.detail = sample.reason
      log?.append(event)
      warn("skipped \(sample)")
    }
  }

  /// What was done and where it lies, for the end of the program's output.
  public func summary(_ outcome: RunOutcome) -> String {
    let end =
      switch outcome {
      case .finished: "finished"
      case .limitReached: "reached run.steps"
      case .stopped: "stopped on request"
      }
    var lines = ["\(end) at step \(state.step) of \(schedule.totalSteps)"]
    if let lastEvaluation { lines.append("validation  \(lastEvaluation)") }
    if skipped > 0 { lines.append("skipped     \(skipped) of \(seen) samples") }
    if let lastCheckpoint { lines.append("checkpoint  \(lastCheckpoint)") }
    lines.append("metrics     \(directory.metrics)")
    lines.append("settings    \(directory.configuration)")
    return lines.joined(separator: "\n")
  }

  func warn(_ text: String) { progress.message("warning: \(text)") }

  /// The validation set through the model.
  /// - Collective.
  func evaluate(on validation: SampleIndex) throws -> EvaluationResult {
    let pass = EvaluationPass(
      model: model, world: world, workers: workers, precision: precision)
    let held = SampleLoader(
      index: validation, tokenizer: loader.tokenizer, options: loader.options,
      padded: loader.padded)
    let result = try pass(
      held, parameters: state.parameters, data: configuration.data,
      onSampleError: { [sampleErrors] in sampleErrors.add($0) })
    if result.failedCount > 0 { try noteSkippedSamples() }
    var event = MetricsEvent("evaluation", step: state.step, epoch: Double(state.epoch))
    event.count = result.count
    event.skipped = result.failedCount
    switch result {
    case .classes(let report, _):
      event.loss = report.meanLoss
      event.top1 = report.top1
      event.top5 = report.top5
    case .scores(let report, _):
      event.srcc = report.spearmanRankCorrelation
      event.plcc = report.pearsonLinearCorrelation
      event.rmse = report.rootMeanSquareError
      event.detail = report.score
    }
    log?.append(event)
    progress.message("epoch \(state.epoch) validation: \(result)")
    return result
  }
}
