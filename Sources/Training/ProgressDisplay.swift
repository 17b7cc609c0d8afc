// How progress reaches a person: one line that is rewritten, lines at intervals, or objects; a sign of
// life where nothing else comes for long.

import DataParallel
import Files
import Foundation
import MPI
import RunConfig

/// Writes to standard error. A closed or full one must not stop training. Used by the training thread and
/// by that of the signs of life.
package final class ProgressDisplay: @unchecked Sendable {
  package enum Style { case bar, lines, json, off }

  package let style: Style
  private let lock = NSLock()
  private let clock = Stopwatch()
  private let terminal: Terminal?
  private let output: (String) -> Void
  private var barIsOpen = false
  private var lastLine = 0.0
  private var lastBar = -Double.infinity
  /// What goes on, and since when.
  private var activity: (text: String, start: Double)?
  private var signsOfLife: PeriodicTask?

  /// - Parameters:
  ///   - silence: seconds without a line after which there is a sign of life.
  ///   - output: writes; standard error unless in tests.
  package init(
    _ progress: RunSection.Progress, silence: Double = 30,
    terminal: Terminal? = ProgressDisplay.terminal,
    output: @escaping (String) -> Void = { try? StandardStream.error.write($0) }
  ) {
    (self.terminal, self.output) = (terminal, output)
    switch progress {
    case .auto: style = terminal == nil ? .lines : .bar
    case .bar: style = .bar
    case .lines: style = .lines
    case .json: style = .json
    case .off: style = .off
    }
    guard style != .off else { return }
    signsOfLife = PeriodicTask(everySeconds: min(1, silence / 2), name: "progress") {
      [weak self] in self?.showActivity(after: silence)
    }
  }

  /// Where standard error ends, if lines can be rewritten there.
  package static var terminal: Terminal? {
    guard ProcessInfo.processInfo.environment["TERM"] != "dumb" else { return nil }
    return StandardStream.error.terminal(through: LauncherEnvironment.launcherPrograms)
  }

  /// Whether the time for the next report of progress has come.
  package func isDue(every seconds: Double) -> Bool {
    lock.withLock {
      style == .bar ? clock.seconds - lastBar >= 0.2 : clock.seconds - lastLine >= seconds
    }
  }

  /// Something begins that may take long.
  package func begin(_ text: String) { lock.withLock { activity = (text, clock.seconds) } }

  /// Writes a line of its own.
  package func say(_ text: String) {
    lock.withLock {
      closeBar()
      switch style {
      case .off: break
      case .json: put(MessageJSON(message: text))
      case .bar, .lines: output(text + "\n")
      }
    }
  }

  /// Reports progress: in the bar, as a line, or as `object`.
  /// - Parameter share: from 0 to 1.
  package func show(_ text: String, share: Double, object: some Encodable) {
    lock.withLock {
      lastLine = clock.seconds
      switch style {
      case .off: break
      case .json: put(object)
      case .lines: output(text + "\n")
      case .bar: draw(text, share)
      }
    }
  }

  /// Ends the bar's line, and the signs of life.
  package func close() {
    signsOfLife?.cancel()
    lock.withLock { closeBar() }
  }

  private struct MessageJSON: Encodable {
    let message: String
  }

  private func showActivity(after silence: Double) {
    lock.withLock {
      let now = clock.seconds
      guard let activity, now - max(lastLine, activity.start) >= silence else { return }
      let text = "\(activity.text) has been running for \(Int(now - activity.start)) s"
      lastLine = now
      switch style {
      case .off: break
      case .json: put(MessageJSON(message: text))
      case .lines: output(text + "\n")
      case .bar: draw(text, nil)
      }
    }
  }

  private func put(_ line: some Encodable) {
    guard let data = try? JSONEncoder.lines.encode(line) else { return }
    output(String(decoding: data, as: UTF8.self) + "\n")
  }

  /// Rewrites the line, as much of it as the terminal has room for: one that wraps stays.
  private func draw(_ text: String, _ share: Double?) {
    lastBar = clock.seconds
    let width = 20
    let filled = share.map { min(width, Int(Double(width) * $0)) } ?? 0
    let bar =
      "[" + String(repeating: "=", count: filled)
      + String(repeating: share == nil ? "." : " ", count: width - filled) + "] "
    let room = (terminal?.columns ?? 80) - 1
    output("\r\((bar + text).prefix(max(room, 1)))\u{1B}[K")
    barIsOpen = true
  }

  private func closeBar() {
    if barIsOpen { output("\n") }
    barIsOpen = false
  }
}
