import Foundation
import Synchronization
import Testing
import Watchdog

@Suite struct WatchdogTests {
  /// What a watchdog said at its end.
  private final class Words: Sendable {
    let words = Mutex<[String]>([])
    var all: [String] { words.withLock { $0 } }
  }

  private func watchdog() -> (Watchdog, Words) {
    let said = Words()
    return (Watchdog { text in said.words.withLock { $0.append(text) } }, said)
  }

  @Test("no progress for longer than the limit ends the process, with name, phase and step")
  func hang() {
    let (watchdog, said) = watchdog()
    watchdog.begin(limit: 1, name: "rank 3 (node7)")
    watchdog.enter(.exchanging, step: 41)
    Thread.sleep(forTimeInterval: 2.2)
    #expect(said.all.count == 1)
    let words = said.all.first ?? ""
    #expect(
      words.hasPrefix("rank 3 (node7): no progress for 1 s while exchanging with the other ranks "),
      "\(words)")
    #expect(words.contains("in step 41"))
  }

  @Test("progress, a longer patience and a pause keep it quiet")
  func quiet() {
    let (watchdog, said) = watchdog()
    watchdog.begin(limit: 0.8, name: "rank 0")
    // Six limits are allowed to a start.
    Thread.sleep(forTimeInterval: 1.5)
    watchdog.enter(.computing, step: 0)
    for _ in 0..<8 {
      Thread.sleep(forTimeInterval: 0.2)
      watchdog.noteProgress()
    }
    watchdog.pause()
    Thread.sleep(forTimeInterval: 1.5)
    #expect(said.all == [])
  }

  @Test("a limit of zero watches nothing")
  func never() {
    let (watchdog, said) = watchdog()
    watchdog.begin(limit: 0, name: "rank 0")
    watchdog.enter(.validating)
    Thread.sleep(forTimeInterval: 0.6)
    #expect(said.all == [])
  }
}
