import Foundation
import Testing

import Commands

/// What a report has said.
private final class Said: @unchecked Sendable {
  private let lock = NSLock()
  private var all: [String] = []
  var lines: [String] { lock.withLock { all } }
  func add(_ line: String) { lock.withLock { all.append(line) } }
}

@Suite struct PassReportTests {
  @Test("a report tells how far a pass is, at what rate and until when, and is silent at its end")
  func report() {
    let said = Said()
    let report = PassReport("scored", isFirst: true, everySeconds: 0.05, say: said.add)
    usleep(200_000)
    #expect(said.lines == [], "nothing is known yet")
    report.update(30, of: 120)
    for _ in 0..<500 where said.lines.isEmpty { usleep(10_000) }
    report.end()
    let lines = said.lines
    #expect(
      lines.first?.wholeMatch(
        of: /musiq-dist: scored 30 of 120 images, [0-9.]+ images\/s, eta 0:00:0[0-9]/) != nil,
      "\(lines)")
    usleep(200_000)
    #expect(said.lines == lines)
  }

  @Test("other ranks than the first say nothing")
  func others() {
    let said = Said()
    let report = PassReport("scored", of: 9, isFirst: false, everySeconds: 0.01, say: said.add)
    report.update(1)
    usleep(100_000)
    report.end()
    #expect(said.lines == [])
  }
}
