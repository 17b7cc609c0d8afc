// Letters for figures: the usual 5 × 7 dots of character displays, doubled and rounded.

/// Printable ASCII in cells of 12 × 20 pixels.
enum BitmapFont {
  /// Pixels from one character to the next, and from one line to the next.
  static let advance = 12
  static let lineHeight = 20

  /// Width of a text in pixels.
  static func width(of text: String) -> Int { max(0, text.count * advance - 2) }

  /// Calls `body` with every dark pixel of a character, from its upper left corner. Characters without a
  /// glyph are drawn as `?`.
  static func forEachPixel(of character: Character, _ body: (_ x: Int, _ y: Int) -> Void) {
    let glyph = glyph(of: character)
    func dot(_ x: Int, _ y: Int) -> Bool {
      (0..<5).contains(x) && (0..<9).contains(y) && glyph[x] >> UInt16(y) & 1 == 1
    }
    // Scale2x (A. Mazzoleni): a quarter of a dot takes the color of its two neighbors at that corner when
    // they agree and the opposite ones do not, which turns steps into slopes.
    for y in 0..<9 {
      for x in 0..<5 {
        let (up, left, right, down) = (dot(x, y - 1), dot(x - 1, y), dot(x + 1, y), dot(x, y + 1))
        let mayRound = up != down && left != right
        func quarter(_ a: Bool, _ b: Bool) -> Bool { mayRound && a == b ? a : dot(x, y) }
        if quarter(up, left) { body(2 * x, 2 * y) }
        if quarter(up, right) { body(2 * x + 1, 2 * y) }
        if quarter(down, left) { body(2 * x, 2 * y + 1) }
        if quarter(down, right) { body(2 * x + 1, 2 * y + 1) }
      }
    }
  }

  private static func glyph(of character: Character) -> [UInt16] {
    if let glyph = descenders[character] { return glyph }
    let code = character.asciiValue.map { Int($0) - 32 } ?? -1
    return glyphs.indices.contains(code) ? glyphs[code] : glyphs[31]
  }

  /// Letters that displays of seven rows squeeze above the line.
  private static let descenders: [Character: [UInt16]] = [
    "g": [0x38, 0x144, 0x144, 0x144, 0xFC], "j": [0, 0x100, 0x104, 0xFD, 0],
    "p": [0x1FC, 0x44, 0x44, 0x44, 0x38], "q": [0x38, 0x44, 0x44, 0x44, 0x1FC],
    "y": [0x3C, 0x140, 0x140, 0x140, 0xFC],
  ]

  /// Five columns per character, lowest bit on top, from the space on.
  private static let glyphs: [[UInt16]] = """
    0000000000 00005F0000 0007000700 147F147F14 242A7F2A12 2313086462 3649562050 0005030000
    001C224100 0041221C00 14083E0814 08083E0808 0050300000 0808080808 0060600000 2010080402
    3E5149453E 00427F4000 4261514946 2141454B31 1814127F10 2745454539 3C4A494930 0171090503
    3649494936 064949291E 0036360000 0056360000 0814224100 1414141414 0041221408 0201510906
    324979413E 7E1111117E 7F49494936 3E41414122 7F4141221C 7F49494941 7F09090901 3E4149497A
    7F0808087F 00417F4100 2040413F01 7F08142241 7F40404040 7F020C027F 7F0408107F 3E4141413E
    7F09090906 3E4151215E 7F09192946 4649494931 01017F0101 3F4040403F 1F2040201F 3F4038403F
    6314081463 0708700807 6151494543 007F414100 0204081020 0041417F00 0402010204 4040404040
    0001020400 2054545478 7F48444438 3844444420 384444487F 3854545418 087E090102 0C5252523E
    7F08040478 00447D4000 2040443D00 7F10284400 00417F4000 7C04180478 7C08040478 3844444438
    7C14141408 081414187C 7C08040408 4854545420 043F444020 3C4040207C 1C2040201C 3C4030403C
    4428102844 0C5050503C 4464544C44 0008364100 00007F0000 0041360800 0201020402
    """.split(whereSeparator: \.isWhitespace).map { word in
      let digits = word.utf8.map { UInt16($0 > 57 ? $0 - 55 : $0 - 48) }
      return (0..<5).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] }
    }
}
