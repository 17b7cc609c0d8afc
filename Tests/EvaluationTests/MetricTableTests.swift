import Evaluation
import Foundation
import Testing

@Suite struct MetricTableTests {
  private func samples(_ count: Int, parts: Int = 0) -> [ScoredSample] {
    (0..<count).map { i in
      let p = (0..<parts).map { k in Double((i * 7 + k * 3) % 11 + 1) }
      let q = (0..<parts).map { k in Double((i * 5 + k * 2) % 13 + 1) }
      return ScoredSample(
        sample: i, score: Double(i * 37 % 101) / 10, target: Double(i * 37 % 101 + i % 9) / 11,
        parts: p.map { $0 / p.reduce(0, +) }, targetParts: q.map { $0 / q.reduce(0, +) })
    }
  }

  @Test("a record survives its journey between ranks")
  func journey() {
    for parts in [0, 1, 10] {
      for var sample in samples(3, parts: parts) {
        sample.isSalvaged = sample.sample == 1
        #expect(ScoredSample(sample: sample.sample, numbers: sample.numbers) == sample)
      }
    }
  }

  @Test("figures are named by what the set has")
  func names() {
    let plain = ["srcc", "krcc", "plcc", "plcc_logistic4", "rmse", "rmse_logistic4", "mae"]
    #expect(MetricTable(samples(20)).metrics.map(\.name) == plain)
    #expect(
      MetricTable(samples(20, parts: 10), parts: .ratings(count: 10)).metrics.map(\.name)
        == plain + ["mse", "accuracy_above_5", "emd_r1", "emd_r2"])
    #expect(
      MetricTable(samples(20, parts: 5), parts: .ratings(count: 5), exponent: 1.5).metrics
        .map(\.name).suffix(3) == ["mse", "emd_r1", "emd_r1.5"])
    // A model of single scores on a set of ratings has no distribution to compare.
    #expect(
      MetricTable(samples(20), parts: .ratings(count: 10)).metrics.map(\.name)
        == plain + ["mse", "accuracy_above_5"])
    let attributes = MetricTable(samples(20, parts: 2), parts: .attributes(["mos", "noise"]))
    #expect(attributes["srcc.noise"] != nil && attributes["plcc.mos"] != nil)
    #expect(MetricTable([]).metrics.allSatisfy { $0.value.isNaN })
  }

  @Test("earth mover's distances of known histograms")
  func distances() {
    #expect(earthMoversDistance([1, 0, 0, 0], [0, 0, 0, 1], exponent: 1) == 0.75)
    #expect(earthMoversDistance([1, 0, 0, 0], [0, 0, 0, 1], exponent: 2) == 0.75.squareRoot())
    #expect(earthMoversDistance([0.5, 0.5], [0.5, 0.5], exponent: 2) == 0)
    let odd = earthMoversDistance([0.3, 0.7], [0.5, 0.5], exponent: 3)
    #expect(abs(odd - pow(0.008 / 2, 1.0 / 3)) < 1e-15)
  }

  @Test("accuracy counts images whose means lie on the same side of 5")
  func accuracy() throws {
    let pairs = [(5.1, 5.2), (4.0, 6.0), (5.0, 4.9), (5.0, 5.1)]
    let records = pairs.enumerated().map {
      ScoredSample(sample: $0, score: $1.0, target: $1.1)
    }
    let table = MetricTable(records, parts: .ratings(count: 10))
    #expect(table["accuracy_above_5"]?.value == 0.5)
    let mse = try #require(table["mse"]?.value)
    #expect(abs(mse - (0.01 + 4 + 0.01 + 0.01) / 4) < 1e-12)
  }

  @Test("an interval is that of the sets drawn, computed by the plain figures")
  func bootstrap() throws {
    // Ties in both lists, so that all branches of the resampled correlations are met.
    var records = samples(60)
    for i in records.indices {
      records[i].score.round()
      records[i].target.round()
    }
    var table = MetricTable(records)
    let bootstrap = Bootstrap(resamples: 50, seed: 4)
    try table.findIntervals(bootstrap, world: nil)
    var drawn: [[Double]] = []
    _ = try bootstrap.intervals(count: records.count, figures: 1, world: nil) { weights in
      #expect(weights.reduce(0, +) == 60)
      let list = zip(records, weights).flatMap { [ScoredSample](repeating: $0, count: Int($1)) }
      let (x, y) = (list.map(\.score), list.map(\.target))
      drawn.append([
        ScoreAgreement.spearmanRankCorrelation(x, y), ScoreAgreement.kendallRankCorrelation(x, y),
        ScoreAgreement.pearsonLinearCorrelation(x, y), ScoreAgreement.rootMeanSquareError(x, y),
        ScoreAgreement.meanAbsoluteError(x, y),
      ])
      return [0]
    }
    for (figure, name) in ["srcc", "krcc", "plcc", "rmse", "mae"].enumerated() {
      let interval = try #require(table[name]?.interval)
      let sorted = drawn.map { $0[figure] }.sorted()
      // Quantiles 0.025 and 0.975 of 50 values lie at 1.225 and 47.775.
      let low = sorted[1] + 0.225 * (sorted[2] - sorted[1])
      let high = sorted[47] + 0.775 * (sorted[48] - sorted[47])
      #expect(abs(interval.lowerBound - low) < 1e-12, "\(name)")
      #expect(abs(interval.upperBound - high) < 1e-12, "\(name)")
    }
    #expect(table["plcc_logistic4"]?.interval == nil && table["rmse_logistic4"]?.interval == nil)
  }

  @Test("intervals cover the truth about as often as they say")
  func coverage() throws {
    // The mean of 60 uniform numbers, 60 times: 57 of 60 are expected to cover 0.5; 51 is four standard
    // deviations below.
    var covered = 0
    for round in 0..<60 {
      let records = (0..<60).map { i in
        ClassifiedSample(
          sample: i,
          loss: Double((UInt64(round * 60 + i + 1) &* 0x9E37_79B9_7F4A_7C15) >> 40) / 0x1p24,
          place: 0)
      }
      var table = MetricTable(records)
      try table.findIntervals(Bootstrap(resamples: 300, seed: UInt64(round)), world: nil)
      if try #require(table["loss"]?.interval).contains(0.5) { covered += 1 }
    }
    #expect(covered >= 51, "\(covered) of 60")
  }

  @Test("no resamples or one sample: no interval; a constant list: none for its correlation")
  func noInterval() throws {
    var table = MetricTable(samples(20))
    try table.findIntervals(Bootstrap(resamples: 0), world: nil)
    #expect(table.metrics.allSatisfy { $0.interval == nil })
    var single = MetricTable(samples(1))
    try single.findIntervals(Bootstrap(), world: nil)
    #expect(single.metrics.allSatisfy { $0.interval == nil })
    var constant = MetricTable((0..<9).map { ScoredSample(sample: $0, score: 1, target: 2) })
    try constant.findIntervals(Bootstrap(resamples: 20), world: nil)
    #expect(constant["srcc"]?.interval == nil && constant["mae"]?.interval == 1...1)
  }

  @Test("AVA's 20,000 images and 1000 resamples take seconds")
  func time() throws {
    var table = MetricTable(samples(20_000))
    let clock = ContinuousClock()
    // A tenth of the resamples; 30 s would be the ceiling of the whole on a busy machine.
    let time = try clock.measure { try table.findIntervals(Bootstrap(resamples: 100), world: nil) }
    print("100 resamples of 20,000 images: \(time)")
    #expect(time < .seconds(6))
  }

  @Test("an ensemble averages scores and shares of the samples that all models have")
  func ensemble() {
    let first = samples(5, parts: 3)
    var second = Array(first.dropFirst())
    for i in second.indices {
      second[i].score += 1
      second[i].parts = [0.2, 0.3, 0.5]
    }
    let average = ScoredSample.average(of: [first, second])
    #expect(average.map(\.sample) == [1, 2, 3, 4])
    #expect(average.allSatisfy { $0.score == first[$0.sample].score + 0.5 })
    #expect(average[0].parts[2] == (first[1].parts[2] + 0.5) * 0.5)
    #expect(average[0].targetParts == first[1].targetParts)
    second[2].parts = []
    second[2].targetParts = []
    #expect(ScoredSample.average(of: [first, second])[2].parts.isEmpty)
    #expect(ScoredSample.average(of: [first]) == first)
    #expect(ScoredSample.average(of: []).isEmpty)
  }
}
