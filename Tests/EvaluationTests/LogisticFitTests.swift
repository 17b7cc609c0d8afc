import Evaluation
import Foundation
import Testing

@Suite struct LogisticFitTests {
  private let x = (0..<80).map { Double($0 * 37 % 80) / 8 }

  private func curve(_ x: Double, _ b: [Double]) -> Double {
    b[1] + (b[0] - b[1]) / (1 + exp(-(x - b[2]) / b[3]))
  }

  @Test("exact data give the curve back, rising and falling, on any scale")
  func exact() {
    for b in [[5.0, 1, 4, 0.7], [10, 90, 6, 1.5], [1e-6, 3e-6, 5, 1], [4e7, 0, 5, 0.5]] {
      let y = x.map { curve($0, b) }
      let fit = LogisticFit(x, y)
      #expect(fit.outcome == .logistic)
      let span = abs(b[0] - b[1])
      for (x, y) in zip(x, y) {
        #expect(abs(fit(x) - y) < 1e-8 * span, "\(fit.parameters) for \(b)")
      }
    }
  }

  @Test("the same bits again; a straight line is fitted as one")
  func straight() {
    let y = x.map { 3 * $0 + 2 }
    let fit = LogisticFit(x, y)
    #expect(fit == LogisticFit(x, y))
    for (x, y) in zip(x, y) { #expect(abs(fit(x) - y) < 1e-2) }
  }

  @Test("a step is no fit: it is told, and no figure is taken from it")
  func degenerate() throws {
    for y in [
      x.map { $0 < 5 ? 1.0 : 2 }, x.map { $0 < 5 ? 20.0 : -3 }, x.map { $0 == 9.875 ? 9.0 : 1 },
    ] {
      let fit = LogisticFit(x, y)
      #expect(fit.outcome == .degenerate && fit.parameters.count == 4)
      #expect(try #require(fit.note).contains("degenerate"))
      #expect(x.allSatisfy { fit($0).isNaN })
      let table = MetricTable(
        zip(x, y).enumerated().map { ScoredSample(sample: $0, score: $1.0, target: $1.1) })
      #expect(table["plcc_logistic4"]?.value.isNaN == true)
      #expect(table["rmse_logistic4"]?.value.isNaN == true)
      #expect(table["plcc"]?.value.isFinite == true)
    }
    // One score between the plateaus still leaves the width open; two determine it.
    let one = x.map { $0 < 5 ? 1.0 : $0 == 5 ? 1.4 : 2 }
    #expect(LogisticFit(x, one).outcome == .degenerate)
    let two = x.map { $0 < 5 ? 1.0 : $0 == 5 ? 1.4 : $0 == 5.125 ? 1.7 : 2 }
    #expect(LogisticFit(x, two).outcome == .logistic)
  }

  @Test("outliers and a constant are no trouble")
  func hard() {
    let outlier = LogisticFit(x, x.map { $0 == 3 ? 1e9 : $0 })
    #expect(x.allSatisfy { outlier($0).isFinite } || outlier.outcome == .degenerate)
    let constant = LogisticFit(x, x.map { _ in 2 })
    #expect(constant.outcome == .none && constant(7) == 7 && constant.note != nil)
    #expect(LogisticFit([1, 2, 3, 4], [1, 2, 3, 4]).outcome == .none)
    #expect(LogisticFit([], []).outcome == .none)
    #expect(LogisticFit([1, 2, .nan, 4, 5], [1, 2, 3, 4, 5]).outcome == .none)
  }
}
