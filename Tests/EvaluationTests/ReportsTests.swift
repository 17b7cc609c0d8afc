import Evaluation
import Foundation
import Testing

@Suite struct ReportsTests {
  @Test("loss and place of one sample follow from its logits")
  func logits() {
    let logits: [Float] = [1, 3, 2, 0]
    let sum = logits.reduce(0.0) { $0 + exp(Double($1)) }
    for (label, place) in [(0, 2), (1, 0), (2, 1), (3, 3)] {
      let record = ClassifiedSample(sample: 7, logits: logits, label: label)
      #expect(record.sample == 7)
      #expect(record.place == place)
      #expect(abs(record.loss - (log(sum) - Double(logits[label]))) < 1e-12)
    }
  }

  @Test("huge logits do not overflow, equal ones and NaN are no hits")
  func edges() {
    #expect(ClassifiedSample(sample: 0, logits: [10000, 0], label: 0).loss == 0)
    #expect(ClassifiedSample(sample: 0, logits: [10000, 0], label: 1).loss == 10000)
    #expect(ClassifiedSample(sample: 0, logits: [1, 1, 1], label: 0).place == 2)
    #expect(ClassifiedSample(sample: 0, logits: [.nan, .nan], label: 0).place == 1)
  }

  @Test("a report counts hits and means the loss")
  func classification() {
    let records = [0, 4, 5, 0].enumerated().map {
      ClassifiedSample(sample: $0, loss: Double($0 + 1), place: $1)
    }
    let report = ClassificationReport(records, failedCount: 2)
    #expect(report.count == 4 && report.failedCount == 2)
    #expect(report.meanLoss == 2.5 && report.top1 == 0.5 && report.top5 == 0.75)
    #expect(ClassificationReport([]).meanLoss.isNaN)
  }

  @Test("a report of scores has the five figures")
  func quality() {
    let records = [(1.0, 2.0), (2, 1), (3, 4), (4, 3), (5, 5)].enumerated().map {
      ScoredSample(sample: $0, score: $1.0, target: $1.1)
    }
    let report = QualityReport(records)
    #expect(abs(report.spearmanRankCorrelation - 0.8) < 1e-15)
    #expect(abs(report.kendallRankCorrelation - 0.6) < 1e-15)
    #expect(abs(report.meanAbsoluteError - 0.8) < 1e-15)
  }
}
