import Figures
import Foundation
import ImageCodecs
import Testing

/// Where a page is not white, as columns and rows.
private func ink(_ image: PixelImage) -> (x: ClosedRange<Int>, y: ClosedRange<Int>)? {
  let dark = (0..<image.height * image.width).filter { at in
    image.pixels[at * 3..<at * 3 + 3].contains { $0 < 250 }
  }
  let (x, y) = (dark.map { $0 % image.width }, dark.map { $0 / image.width })
  guard let left = x.min(), let right = x.max(), let top = y.min(), let bottom = y.max() else {
    return nil
  }
  return (left...right, top...bottom)
}

private func page(
  height: Int = 60, width: Int = 400, _ draw: (inout Figure) -> Void
) throws -> PixelImage {
  var figure = try Figure(height: height, width: width)
  draw(&figure)
  return figure.image
}

@Suite struct FigureTests {
  /// Names that people give to files, and what no name should do.
  static let names = [
    "photo.jpg", "Größe.jpg", "東京.png", "مرحبا.jpg", "שלום.jpg", "สวัสดี.jpg", "नमस्ते.jpg",
    "e\u{301}a\u{300}\u{323}\u{302}.jpg", "👩‍👩‍👧‍👦.png", "\u{10FFFF}\u{E000}\u{FFFD}",
    "a\nb\tc\u{0}d\u{7}",
    "\u{202E}gpj.exe", "", " ", String(repeating: "x", count: 5000),
    "a" + String(repeating: "\u{301}", count: 300),
  ]

  @Test("a text is drawn inside of the box that it says it takes", arguments: names)
  func box(text: String) throws {
    for style in TextStyle.allCases {
      let room = 300
      let width = try Figure(height: 1, width: 1).width(of: text, style: style, room: room)
      #expect(width <= room)
      let image = try page { $0.write(text, x: 20, y: 16, style: style, room: room) }
      guard let ink = ink(image) else {
        let isBlank = text.allSatisfy { $0.isWhitespace }
        #expect(isBlank, "nothing is drawn of \(text)")
        continue
      }
      #expect(width > 0)
      // A letter may hang over its box by a pixel or two.
      #expect(ink.x.lowerBound >= 18 && ink.x.upperBound <= 20 + width + 2, "\(text)")
    }
  }

  @Test("letters beyond ASCII are drawn, not question marks")
  func letters() throws {
    func drawn(_ text: String) throws -> PixelImage {
      try page { $0.write(text, x: 10, y: 10) }
    }
    for (name, wrong) in [("Größe", "Gr??e"), ("東京", "??"), ("مرحبا", "?????"), ("é", "e")] {
      let (right, question) = (try drawn(name), try drawn(wrong))
      #expect(right != question, "\(name)")
    }
    // Composed and decomposed are one letter.
    let figure = try Figure(height: 1, width: 1)
    let (two, one) = (figure.width(of: "e\u{301}"), figure.width(of: "é"))
    #expect(two == one)
    // The lines stay apart: what hangs below the base of one is above the next.
    for style in TextStyle.allCases {
      let image = try page { $0.write("Ågjpq|Ñ", x: 10, y: 10, style: style) }
      let lines = try #require(ink(image))
      #expect(lines.y.lowerBound >= 10 && lines.y.upperBound < 10 + style.lineHeight)
    }
  }

  @Test("a long text loses its middle and keeps both ends")
  func ellipsis() throws {
    func drawn(_ text: String) throws -> PixelImage {
      try page { $0.write(text, x: 10, y: 10, room: 200) }
    }
    let middle = String(repeating: "m", count: 100)
    let images = try ["a\(middle)z", "b\(middle)z", "a\(middle)y", "a\(middle)mmz"].map(drawn)
    #expect(images[0] != images[1] && images[0] != images[2])
    #expect(images[0] == images[3])
    let width = try Figure(height: 1, width: 1).width(of: middle, room: 200)
    #expect((150...200).contains(width))
  }

  @Test("texts stand to the left, in the middle or to the right of their place")
  func alignment() throws {
    let width = try Figure(height: 1, width: 1).width(of: "HHHH")
    for (alignment, left) in [
      (Figure.Alignment.left, 200), (.center, 200 - width / 2), (.right, 200 - width),
    ] {
      let image = try page { $0.write("HHHH", x: 200, y: 10, alignment) }
      let x = try #require(ink(image)).x
      #expect(abs(x.lowerBound - left) <= 3 && abs(x.upperBound - left - width) <= 3)
    }
  }

  @Test("an image is drawn as it is, enlarged by whole pixels, and cut at the edges of the page")
  func images() throws {
    let image = PixelImage(height: 2, width: 2, pixels: (0..<12).map { UInt8($0 * 20) })
    let drawn = try page(height: 4, width: 5) { $0.draw(image, x: 1, y: 0, zoom: 2) }
    for y in 0..<4 {
      for x in 0..<4 {
        let (at, source) = ((y * 5 + x + 1) * 3, (y / 2 * 2 + x / 2) * 3)
        #expect(drawn.pixels[at..<at + 3] == image.pixels[source..<source + 3])
      }
    }
    let cut = try page(height: 2, width: 2) { figure in
      figure.draw(image, x: -1, y: -1)
      figure.draw(image, x: 5, y: 0)
      figure.draw(image, x: 0, y: -9)
    }
    #expect(cut.pixels.prefix(3) == image.pixels.suffix(3))
    #expect(cut.pixels.suffix(9).allSatisfy { $0 == 255 })
  }

  @Test("a page that is too large is an error")
  func tooLarge() throws {
    for (height, width) in [(1, 40_000), (1 << 40, 1)] {
      #expect(throws: FigureError.self) { _ = try page(height: height, width: width) { _ in } }
    }
  }

  @Test("threads draw the same pixels at the same time, and nothing is left behind")
  func threads() throws {
    @Sendable func draw() -> PixelImage? {
      try? page(height: 480, width: 640) { figure in
        for (line, name) in Self.names.enumerated() {
          figure.write(name, x: 10, y: 10 + 24 * line, room: 600)
        }
        figure.colorBar(.magma, x: 20..<300, y: 420, low: "0", high: "1")
      }
    }
    let expected = try #require(draw())
    let count = 200
    func residentMiB() throws -> Int {
      let status = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
      return (Int(status.split(separator: " ")[1]) ?? 0) * 4 / 1024
    }
    let before = try residentMiB()
    let threads = (0..<4).map { _ in
      let results = Results()
      let thread = Thread {
        for _ in 0..<count { results.put(draw() == expected) }
      }
      thread.start()
      return results
    }
    for results in threads { #expect(results.take(count).allSatisfy { $0 }) }
    // 800 pages of 1.2 MB.
    #expect(try residentMiB() - before < 200)
  }
}

/// What a thread found.
private final class Results: @unchecked Sendable {
  private let condition = NSCondition()
  private var values: [Bool] = []

  func put(_ value: Bool) {
    condition.withLock {
      values.append(value)
      condition.signal()
    }
  }

  func take(_ count: Int) -> [Bool] {
    condition.withLock {
      while values.count < count { condition.wait() }
      return values
    }
  }
}
