import Tables
import TestSupport
import Testing

@Suite struct TextLinesTests {
  private func lines(_ text: String) -> [String] {
    TextLines.lines(of: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("line ends of any system and a byte order mark are no part of a line")
  func ends() {
    #expect(lines("\u{FEFF}a\r\nb\n\nc") == ["a", "b", "", "c"])
    #expect(lines("a\rb\r\rc\r") == ["a", "b", "", "c"])
    #expect(lines("a b\nc\rd\n") == ["a b", "c\rd"])
    #expect(lines("") == [] && lines("\u{FEFF}") == [])
  }

  @Test("words of lines that are not blank, with the number of the line")
  func words() throws {
    let folder = try ScratchDirectory()
    let file = try folder.write("t.txt", text: "\u{FEFF}a  b\r\rc,d\te\r")
    var found: [String] = []
    try TextLines.forEach(in: file) { line, words in
      found.append("\(line): \(words.joined(separator: "|"))")
    }
    #expect(found == ["1: a|b", "3: c,d|e"])
  }
}
