// What a person sees while training: on rank 0, on standard error.

import DataParallel
import Files
import Foundation
import MPI
import Provenance
import RunConfig
import Tables

/// A bar on a terminal, complete lines at intervals elsewhere.
final class ProgressReporter: RunListener {
  private enum Style { case bar, lines, json, off }

  private let style: Style
  private let interval: Double
  private let run: RunDescription
  private let stopAdvice: String?
  private let clock = Stopwatch()
  private var lastReport = -Double.infinity
  /// The first step that was reported, and when.
  private var first: (step: Int, seconds: Double)?
  private var barIsOpen = false

  /// - Parameter stopAdvice: how to go on after a stop.
  init(_ section: RunSection, of run: RunDescription, stopAdvice: String?) {
    (self.run, self.stopAdvice) = (run, stopAdvice)
    interval = section.logEverySeconds
    let isTerminal =
      StandardStream.error.isTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb"
      && !LauncherEnvironment.ofThisProcess.isBatchJob
    switch section.progress {
    case .auto: style = isTerminal ? .bar : .lines
    case .bar: style = .bar
    case .lines: style = .lines
    case .json: style = .json
    case .off: style = .off
    }
  }

  func receive(_ event: RunEvent, at moment: RunMoment) {
    switch event {
    case .start(let initial):
      describeRun()
      if let initial { say(initial) }
    case .resume(let path):
      describeRun()
      say("resumed from \(path) at step \(moment.step)")
    case .step(let result): report(result, at: moment)
    case .validation(let result): say("epoch \(Int(moment.epoch)) validation: \(result)")
    case .trouble(let trouble): say("warning: \(trouble)")
    case .warning(let text): say("warning: \(text)")
    case .stop:
      say("stopped after step \(moment.step)" + (stopAdvice.map { "; \($0)" } ?? ""))
    case .end: closeBar()
    case .checkpoint: break
    }
  }

  private func describeRun() {
    let count = run.classNames.count
    say(
      "\(programVersion): \(run.parameterCount) parameters, \(run.imageCount) images"
        + (count > 0 ? " in \(count) classes" : ""))
    say(
      "  batch \(run.globalBatchSize) in \(run.gradientShards) shards, \(run.stepsPerEpoch) steps "
        + "per epoch, \(run.totalSteps) in all")
    say(
      "  \(run.crew), \(run.reduction) reduction, \(run.precision) by \(run.matrixProducts)")
    for note in run.notes { say("  \(note)") }
    for setting in run.environment { say("  from the environment: \(setting)") }
    if !run.learnsClasses { say("  \(run.task)") }
  }

  /// Reports a step if its time has come; the first and the last always.
  private func report(_ result: StepResult, at moment: RunMoment) {
    guard style != .off else { return }
    let now = clock.seconds
    let first = first ?? (moment.step, now)
    self.first = first
    let isDue =
      now - lastReport >= (style == .bar ? 0.2 : interval) || moment.step >= run.totalSteps
    guard isDue else { return }
    lastReport = now
    let line = describe(result, at: moment, now: now, since: first)
    switch style {
    case .bar:
      write("\r\(bar(moment.step)) \(line)\u{1B}[K")
      barIsOpen = true
    case .json:
      writeJSON(StepJSON(step: moment.step, of: run.totalSteps, loss: result.loss))
    case .lines, .off:
      write(line + "\n")
    }
  }

  /// Writes a line of its own.
  private func say(_ text: String) {
    closeBar()
    switch style {
    case .off: break
    case .json: writeJSON(MessageJSON(message: text))
    case .bar, .lines: write(text + "\n")
    }
  }

  // Lines of the style `json`.
  private struct StepJSON: Encodable {
    let step: Int
    let of: Int
    let loss: Double
  }

  private struct MessageJSON: Encodable {
    let message: String
  }

  private func writeJSON(_ line: some Encodable) {
    guard let data = try? JSONEncoder.lines.encode(line) else { return }
    write(String(decoding: data, as: UTF8.self) + "\n")
  }

  /// Ends the bar's line.
  private func closeBar() {
    if barIsOpen { write("\n") }
    barIsOpen = false
  }

  private func describe(
    _ result: StepResult, at moment: RunMoment, now: Double,
    since first: (step: Int, seconds: Double)
  ) -> String {
    let (step, s) = (moment.step, result.seconds)
    let rate = result.statistics.weight / max(s.total, 1e-9)
    func share(_ part: Double) -> String { "\(Int((100 * part / max(s.total, 1e-9)).rounded()))%" }
    var eta = "-"
    if step > first.step {
      let perStep = (now - first.seconds) / Double(step - first.step)
      eta = duration(perStep * Double(run.totalSteps - step))
    }
    let accuracy = result.statistics.correct / max(result.statistics.weight, 1)
    return "step \(step)/\(run.totalSteps) ep \(fixed(moment.epoch, 2)) "
      + "loss \(fixed(result.loss, 4)) "
      + (run.learnsClasses ? "acc \(fixed(accuracy, 3)) " : "")
      + "lr \(scientific(result.learningRate)) | \(fixed(rate, 1)) img/s "
      + "(\(fixed(rate / Double(run.rankCount), 2))/rank) data \(share(s.data)) "
      + "comm \(share(s.communication)) wait \(share(s.wait)) | eta \(eta)"
  }

  private func bar(_ step: Int) -> String {
    let width = 20
    let filled = min(width, width * step / max(run.totalSteps, 1))
    return "[" + String(repeating: "=", count: filled)
      + String(repeating: " ", count: width - filled) + "]"
  }

  private func write(_ text: String) {
    // A closed or full standard error must not stop training.
    try? StandardStream.error.write(text)
  }
}
