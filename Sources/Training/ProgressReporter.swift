// What a person sees while training: on rank 0, on standard error.

import DataParallel
import Files
import Foundation
import MPI
import RunConfig
import Tables

/// A bar on a terminal, complete lines at intervals elsewhere.
final class ProgressReporter {
  private enum Style { case bar, lines, json, off }

  private let style: Style
  private let interval: Double
  private let totalSteps: Int
  private let showsAccuracy: Bool
  private let clock = Stopwatch()
  private var lastReport = -Double.infinity
  private var firstStep: Int?
  private var firstSeconds = 0.0
  private var barIsOpen = false

  /// - Parameter showsAccuracy: whether the run learns classes.
  init(_ section: RunSection, totalSteps: Int, showsAccuracy: Bool, isReporting: Bool) {
    self.totalSteps = totalSteps
    self.showsAccuracy = showsAccuracy
    interval = section.logEverySeconds
    let isTerminal =
      StandardStream.error.isTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb"
      && !LauncherEnvironment.ofThisProcess.isBatchJob
    if !isReporting {
      style = .off
    } else {
      switch section.progress {
      case .auto: style = isTerminal ? .bar : .lines
      case .bar: style = .bar
      case .lines: style = .lines
      case .json: style = .json
      case .off: style = .off
      }
    }
  }

  /// Reports a finished step if its time has come; the first and the last always.
  func report(_ step: Int, epoch: Double, result: StepResult, worldSize: Int) {
    guard style != .off else { return }
    let now = clock.seconds
    if firstStep == nil {
      firstStep = step
      firstSeconds = now
    }
    let isDue = now - lastReport >= (style == .bar ? 0.2 : interval) || step >= totalSteps
    guard isDue else { return }
    lastReport = now
    let line = describe(step, epoch, result, worldSize, now)
    switch style {
    case .bar:
      write("\r\(bar(step)) \(line)\u{1B}[K")
      barIsOpen = true
    case .json:
      writeJSON(JSONLine(step: step, of: totalSteps, loss: result.loss))
    case .lines, .off:
      write(line + "\n")
    }
  }

  /// Writes a line of its own.
  func message(_ text: String) {
    closeBar()
    switch style {
    case .off: break
    case .json: writeJSON(JSONLine(message: text))
    case .bar, .lines: write(text + "\n")
    }
  }

  /// One line of the style `json`.
  private struct JSONLine: Encodable {
    var step: Int?
    var of: Int?
    var loss: Double?
    var message: String?
  }

  private func writeJSON(_ line: JSONLine) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(line) else { return }
    write(String(decoding: data, as: UTF8.self) + "\n")
  }

  /// Ends the bar's line.
  func closeBar() {
    if barIsOpen { write("\n") }
    barIsOpen = false
  }

  private func describe(
    _ step: Int, _ epoch: Double, _ result: StepResult, _ worldSize: Int, _ now: Double
  ) -> String {
    let s = result.seconds
    let rate = result.statistics.weight / max(s.total, 1e-9)
    func share(_ part: Double) -> String { "\(Int((100 * part / max(s.total, 1e-9)).rounded()))%" }
    var eta = "-"
    if let firstStep, step > firstStep {
      let perStep = (now - firstSeconds) / Double(step - firstStep)
      eta = duration(perStep * Double(totalSteps - step))
    }
    let accuracy = result.statistics.correct / max(result.statistics.weight, 1)
    return "step \(step)/\(totalSteps) ep \(fixed(epoch, 2)) loss \(fixed(result.loss, 4)) "
      + (showsAccuracy ? "acc \(fixed(accuracy, 3)) " : "")
      + "lr \(scientific(result.learningRate)) | \(fixed(rate, 1)) img/s "
      + "(\(fixed(rate / Double(worldSize), 2))/rank) data \(share(s.data)) "
      + "comm \(share(s.communication)) wait \(share(s.wait)) | eta \(eta)"
  }

  private func bar(_ step: Int) -> String {
    let width = 20
    let filled = min(width, width * step / max(totalSteps, 1))
    return "[" + String(repeating: "=", count: filled)
      + String(repeating: " ", count: width - filled) + "]"
  }

  private func write(_ text: String) {
    // A closed or full standard error must not stop training.
    try? StandardStream.error.write(text)
  }
}
