import Labels
import Testing

@Suite struct LabelStatisticsTests {
  @Test("order statistics, bins and their image")
  func numbers() throws {
    let statistics = try #require(LabelStatistics((0...100).map(Double.init).reversed() + [50]))
    #expect(statistics.count == 102)
    #expect(statistics.minimum == 0 && statistics.maximum == 100)
    #expect(statistics.median == 50)
    #expect(abs(statistics.lowPercentile - 1.01) < 1e-12)
    #expect(abs(statistics.highPercentile - 98.99) < 1e-12)
    #expect(statistics.uniqueCount == 101)
    #expect(statistics.histogram == [10, 10, 10, 10, 10, 11, 10, 10, 10, 11])
    #expect(!statistics.isConstant)
    let lines = statistics.lines("mos")
    #expect(lines[0] == "mos: n 102, unique 101, mean 50")
    #expect(lines[1] == "  min 0  p1 1.01  median 50  p99 98.99  max 100")
    #expect(lines[2] == "    0 | ##################################### 10")
    #expect(lines[11] == "   90 | ######################################## 11")
    #expect(lines.count == 12)
  }

  @Test("one value, equal values, none")
  func edges() throws {
    let one = try #require(LabelStatistics([3.25]))
    #expect(one.median == 3.25 && one.lowPercentile == 3.25 && !one.isConstant)
    let equal = try #require(LabelStatistics([2, 2, 2]))
    #expect(equal.isConstant && equal.histogram[0] == 3)
    #expect(equal.lines("x").count == 2)
    #expect(LabelStatistics([]) == nil)
  }
}
