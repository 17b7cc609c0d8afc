import Files
import Foundation
import RunConfig
import TestSupport
import Testing
import Training

#if canImport(Glibc)
  import Glibc
#endif

/// What a display has written.
private final class Written: @unchecked Sendable {
  private let lock = NSLock()
  private var all = ""
  var text: String { lock.withLock { all } }
  func add(_ text: String) { lock.withLock { all += text } }
}

@Suite(.serialized) struct ProgressDisplayTests {
  private struct Object: Encodable { let step: Int }

  private let written = Written()

  private func display(
    _ progress: RunSection.Progress, silence: Double = 30, terminal: Terminal? = nil
  ) -> ProgressDisplay {
    ProgressDisplay(progress, silence: silence, terminal: terminal, output: written.add)
  }

  @Test("a bar where a terminal is, lines elsewhere; the setting wins")
  func styles() throws {
    #expect(display(.auto).style == .lines)
    #expect(display(.bar).style == .bar && display(.off).style == .off)
    let screen = try #require(Pseudoterminal(columns: 80))
    let terminal = try #require(Terminal(path: screen.path))
    #expect(display(.auto, terminal: terminal).style == .bar)
    #expect(display(.lines, terminal: terminal).style == .lines)
  }

  @Test("the bar is cut to the terminal as wide as it is now, and a message begins a line")
  func width() throws {
    let screen = try #require(Pseudoterminal(columns: 40))
    let terminal = try #require(Terminal(path: screen.path))
    let display = display(.auto, terminal: terminal)
    let long = String(repeating: "x", count: 150)
    display.show(long, share: 0.5, object: Object(step: 1))
    screen.resize(columns: 30)
    display.show(long, share: 1, object: Object(step: 2))
    display.say("message")
    display.close()
    let lines = written.text.split(separator: "\r").map(String.init)
    try #require(lines.count == 2)
    #expect(lines[0] == "[==========          ] " + String(long.prefix(16)) + "\u{1B}[K")
    #expect(lines[1] == "[====================] " + String(long.prefix(6)) + "\u{1B}[K\nmessage\n")
  }

  @Test("what takes long is told without a step coming to its end", arguments: [true, false])
  func silence(asObject: Bool) throws {
    let display = display(asObject ? .json : .lines, silence: 0.1)
    display.begin("step 7/9")
    for _ in 0..<500 where !written.text.contains("\n") { usleep(10_000) }
    display.close()
    let text = written.text
    #expect(text.contains("step 7/9 has been running for 0 s"), "\(text)")
    #expect(text.hasPrefix("{") == asObject)
    usleep(300_000)
    #expect(written.text == text)
  }

  @Test("nothing is told where nothing goes on, or nobody wants to hear")
  func quiet() {
    let off = display(.off, silence: 0.02)
    off.begin("step 1/9")
    off.say("message")
    off.show("line", share: 0, object: Object(step: 1))
    let idle = display(.lines, silence: 0.02)
    usleep(200_000)
    off.close()
    idle.close()
    #expect(written.text == "")
  }
}
