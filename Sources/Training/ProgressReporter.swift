// What a person reads while training: on rank 0, on standard error.

import DataParallel
import Foundation
import Provenance
import RunConfig
import Tables

/// Puts the events of a run into words.
final class ProgressReporter: RunListener {
  private let display: ProgressDisplay
  private let interval: Double
  private let run: RunDescription
  private let stopAdvice: String?
  private let clock = Stopwatch()
  /// The first step that was reported, and when.
  private var first: (step: Int, seconds: Double)?
  /// Steps since the last report.
  private var recent = Recent()

  /// - Parameter stopAdvice: how to go on after a stop.
  init(_ display: ProgressDisplay, of run: RunDescription, interval: Double, stopAdvice: String?) {
    (self.display, self.run, self.stopAdvice) = (display, run, stopAdvice)
    self.interval = interval
  }

  func receive(_ event: RunEvent, at moment: RunMoment) {
    switch event {
    case .start(let initial):
      describeRun()
      if let initial { display.say(initial) }
    case .resume(let path):
      describeRun()
      display.say("resumed from \(path) at step \(moment.step)")
    case .begins(.step): display.begin("step \(moment.step + 1)/\(run.totalSteps)")
    case .begins(let phase): display.begin("\(phase.rawValue) after step \(moment.step)")
    case .step(let result): report(result, at: moment)
    case .validating(let done, let count): report(validated: done, of: count)
    case .validation(let result):
      display.say("epoch \(Int(moment.epoch)) validation: \(result)")
    case .trouble(let trouble): warn("\(trouble)")
    case .warning(let text): warn(text)
    case .stop:
      display.say("stopped after step \(moment.step)" + (stopAdvice.map { "; \($0)" } ?? ""))
    case .end: display.close()
    case .checkpoint: break
    }
  }

  /// Writes a warning.
  func warn(_ text: String) { display.say("warning: \(text)") }

  private func describeRun() {
    let count = run.classNames.count
    display.say(
      "\(programVersion): \(run.parameterCount) parameters, \(run.imageCount) images"
        + (count > 0 ? " in \(count) classes" : ""))
    display.say(
      "  batch \(run.globalBatchSize) in \(run.gradientShards) shards, \(run.stepsPerEpoch) steps "
        + "per epoch, \(run.totalSteps) in all")
    display.say(
      "  \(run.crew), \(run.reduction) reduction, \(run.precision) by \(run.matrixProducts)")
    for note in run.notes { display.say("  \(note)") }
    for setting in run.environment { display.say("  from the environment: \(setting)") }
    if !run.learnsClasses { display.say("  \(run.task)") }
  }

  /// Reports the steps since the last report if the time has come; the first and the last step always.
  private func report(_ result: StepResult, at moment: RunMoment) {
    recent.add(result)
    let now = clock.seconds
    let isFirst = first == nil
    let first = first ?? (moment.step, now)
    self.first = first
    guard isFirst || moment.step >= run.totalSteps || display.isDue(every: interval) else { return }
    let line = describe(result, at: moment, now: now, since: first)
    display.show(
      line, share: Double(moment.step) / Double(max(run.totalSteps, 1)),
      object: StepJSON(step: moment.step, of: run.totalSteps, loss: recent.loss))
    recent = Recent()
  }

  private func report(validated done: Int, of count: Int) {
    guard display.isDue(every: interval) else { return }
    display.show(
      "validation \(done)/\(count)", share: Double(done) / Double(max(count, 1)),
      object: ValidationJSON(validated: done, of: count))
  }

  // Lines of the style `json`.
  private struct StepJSON: Encodable {
    let step: Int
    let of: Int
    let loss: Double
  }

  private struct ValidationJSON: Encodable {
    let validated: Int
    let of: Int
  }

  /// Sums over steps.
  private struct Recent {
    var sums = ShardStatistics()
    var (total, data, communication, wait) = (0.0, 0.0, 0.0, 0.0)

    mutating func add(_ result: StepResult) {
      let (step, s) = (result.statistics, result.seconds)
      sums.loss += step.loss
      sums.weight += step.weight
      sums.correct += step.correct
      total += s.total
      data += s.data
      communication += s.communication
      wait += s.wait
    }

    /// Mean over the images; NaN if none counted.
    var loss: Double { sums.loss / sums.weight }
    var accuracy: Double { sums.correct / max(sums.weight, 1) }
    var rate: Double { sums.weight / max(total, 1e-9) }

    func share(_ part: Double) -> String {
      "\(Int((100 * part / max(total, 1e-9)).rounded()))%"
    }
  }

  private func describe(
    _ result: StepResult, at moment: RunMoment, now: Double,
    since first: (step: Int, seconds: Double)
  ) -> String {
    let step = moment.step
    var eta = "-"
    if step > first.step {
      let perStep = (now - first.seconds) / Double(step - first.step)
      eta = duration(perStep * Double(run.totalSteps - step))
    }
    // What matters most comes first: terminals may cut the rest.
    return "step \(step)/\(run.totalSteps) eta \(eta) loss \(fixed(recent.loss, 4)) "
      + (run.learnsClasses ? "acc \(fixed(recent.accuracy, 3)) " : "")
      + "\(fixed(recent.rate, 1)) img/s ep \(fixed(moment.epoch, 2)) "
      + "lr \(scientific(result.learningRate)) | "
      + "\(fixed(recent.rate / Double(run.rankCount), 2)) img/s/rank "
      + "data \(recent.share(recent.data)) comm \(recent.share(recent.communication)) "
      + "wait \(recent.share(recent.wait))"
  }
}
