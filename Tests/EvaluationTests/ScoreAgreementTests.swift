import Evaluation
import Foundation
import Testing

/// Reference values: scipy.stats 1.17.1 (spearmanr, pearsonr, kendalltau) and NumPy 2.4.6 on the lists below.
@Suite struct ScoreAgreementTests {
  /// A few units in the last place of sums of sixty terms.
  private func isClose(_ value: Double, _ expected: Double) -> Bool {
    abs(value - expected) <= 1e-14 * max(1, abs(expected))
  }

  private let x = (0..<60).map { (i: Int) -> Double in Double(i * 37 % 101) / 7 }
  private let y = (0..<60).map { (i: Int) -> Double in
    let curve = Double(i * i * 13 % 97) / 5
    return curve + Double(i * 37 % 101) / 9
  }

  @Test("all five figures agree with SciPy on sixty pairs")
  func plain() {
    #expect(isClose(ScoreAgreement.spearmanRankCorrelation(x, y), 0.53471894210533555))
    #expect(isClose(ScoreAgreement.pearsonLinearCorrelation(x, y), 0.57383707640214154))
    #expect(isClose(ScoreAgreement.kendallRankCorrelation(x, y), 0.38778977366142869))
    #expect(isClose(ScoreAgreement.rootMeanSquareError(x, y), 9.4637584026673274))
    #expect(isClose(ScoreAgreement.meanAbsoluteError(x, y), 8.0026455026455015))
  }

  @Test("ties have average ranks, and KRCC is tau-b, as in SciPy")
  func ties() {
    let (x, y) = (x.map { ($0 / 3).rounded(.down) }, y.map { ($0 / 4).rounded(.down) })
    #expect(isClose(ScoreAgreement.spearmanRankCorrelation(x, y), 0.54733795694296172))
    #expect(isClose(ScoreAgreement.pearsonLinearCorrelation(x, y), 0.56426193804249714))
    #expect(isClose(ScoreAgreement.kendallRankCorrelation(x, y), 0.44422584983202529))
    let (u, v) = ([0.0, 0, 1, 1, 1, 2], [1.0, 0, 1, 1, 0, 2])
    #expect(isClose(ScoreAgreement.spearmanRankCorrelation(u, v), 0.58333333333333337))
    #expect(isClose(ScoreAgreement.kendallRankCorrelation(u, v), 0.54545454545454553))
    #expect(ScoreAgreement.averageRanks([5, 1, 5, 3, 5]) == [4, 1, 4, 2, 4])
  }

  @Test("KRCC equals its definition over all pairs")
  func kendallDefinition() {
    for count in [2, 3, 7, 33, 60] {
      let x = self.x.prefix(count).map { ($0 / 2).rounded() }
      let y = self.y.prefix(count).map { ($0 / 2).rounded() }
      var (agreement, xPairs, yPairs) = (0.0, 0.0, 0.0)
      for i in 0..<count {
        for j in 0..<i {
          let (u, v): (Double, Double) = (x[i] - x[j], y[i] - y[j])
          if u * v > 0 { agreement += 1 } else if u * v < 0 { agreement -= 1 }
          xPairs += u == 0 ? 0 : 1
          yPairs += v == 0 ? 0 : 1
        }
      }
      let expected = agreement / (xPairs * yPairs).squareRoot()
      #expect(isClose(ScoreAgreement.kendallRankCorrelation(x, y), expected))
    }
  }

  @Test("perfect order is 1, reversed order −1, a constant has no correlation")
  func extremes() {
    let (up, down) = ([1.0, 2, 3, 4], [4.0, 3, 2, 1])
    for correlation in [
      ScoreAgreement.spearmanRankCorrelation, ScoreAgreement.pearsonLinearCorrelation,
      ScoreAgreement.kendallRankCorrelation,
    ] {
      #expect(isClose(correlation(up, up), 1))
      #expect(isClose(correlation(up, down), -1))
      #expect(correlation(up, [2, 2, 2, 2]).isNaN)
      #expect(correlation([1], [1]).isNaN)
      #expect(correlation([], []).isNaN)
    }
    #expect(ScoreAgreement.rootMeanSquareError([], []).isNaN)
  }
}
