import Tables
import Testing

@Suite struct NumberTextTests {
  @Test("decimals, powers of ten, significant digits, shares and durations")
  func numbers() {
    #expect(fixed(2.0 / 3, 4) == "0.6667" && fixed(1234.5, 0) == "1234")
    #expect(scientific(0.00123) == "1.23e-03")
    #expect(brief(61.23456) == "61.23" && brief(61.23456, digits: 6) == "61.2346")
    #expect(percent(0.1234) == "12.3%" && percent(0) == "0%" && percent(0.000012) == "0.00120%")
    #expect(duration(3725.4) == "1:02:05" && duration(.infinity) == "-")
  }

  @Test("columns of text are as wide as their widest cell")
  func columns() {
    #expect(alignedColumns([["a", "bb"], ["ccc", "d"]]) == "a    bb\nccc   d")
    #expect(padded("ab", 4) == "ab  " && padded("abcd", 2) == "abcd")
    #expect(padded("abcd", 2, minimum: 1) == "abcd ")
  }
}
