// Which figures a set has, by what it is labelled with.

import Labels

extension MetricTable {
  /// Figures of scores in the units of the set.
  ///
  /// `srcc`, `krcc`, `plcc` (raw), `plcc_logistic4`, `rmse`, `rmse_logistic4`, `mae`; for ratings also
  /// `mse`, for ten of them `accuracy_above_5` (the share of images whose predicted and true mean lie on the
  /// same side: above 5, or not), and the mean earth mover's distances `emd_r1` and `emd_r…`; for attributes
  /// the three correlations of each, as `srcc.brightness`.
  /// - Parameters:
  ///   - parts: what the parts of the records are; those of ratings are empty when the model gives scores
  ///     only.
  ///   - exponent: order of the second distance, that of the training objective.
  public init(_ records: [ScoredSample], parts: LabelMeaning = .score, exponent: Double = 2) {
    self.init(count: records.count)
    let (scores, targets) = (records.map(\.score), records.map(\.target))
    let fit = LogisticFit(scores, targets)
    let fitted = scores.map { fit($0) }
    self.fit = fit
    let squares = records.map { ($0.score - $0.target) * ($0.score - $0.target) }
    addCorrelations(scores, targets)
    add("plcc_logistic4", ScoreAgreement.pearsonLinearCorrelation(fitted, targets))
    addRootOfMean("rmse", of: squares)
    add("rmse_logistic4", ScoreAgreement.rootMeanSquareError(fitted, targets))
    addMean("mae", of: records.map { abs($0.score - $0.target) })
    switch parts.kind {
    case .score, .classes: break
    case .ratings:
      let ratings = parts.names.count
      addMean("mse", of: squares)
      if ratings == 10 {
        addMean(
          "accuracy_above_5", of: records.map { ($0.score > 5) == ($0.target > 5) ? 1 : 0 })
      }
      addDistances(records, ratings: ratings, exponent: exponent)
    case .attributes:
      for (place, name) in parts.names.enumerated()
      where records.allSatisfy({ $0.parts.count > place }) {
        addCorrelations(
          records.map { $0.parts[place] }, records.map { $0.targetParts[place] },
          suffix: ".\(name)")
      }
    }
  }

  private mutating func addDistances(_ records: [ScoredSample], ratings: Int, exponent: Double) {
    guard records.allSatisfy({ $0.parts.count == ratings }) else { return }
    for r in exponent == 1 ? [1] : [1, exponent] {
      addMean(
        Self.distanceName(exponent: r),
        of: records.map { earthMoversDistance($0.parts, $0.targetParts, exponent: r) })
    }
  }

  /// `emd_r2`, `emd_r1.5`.
  public static func distanceName(exponent r: Double) -> String {
    "emd_r" + (Int(exactly: r).map { "\($0)" } ?? "\(r)")
  }

  /// Figures of classes: `top1`, `top5`, `loss`.
  public init(_ records: [ClassifiedSample]) {
    self.init(count: records.count)
    addMean("top1", of: records.map { $0.place < 1 ? 1 : 0 })
    addMean("top5", of: records.map { $0.place < 5 ? 1 : 0 })
    addMean("loss", of: records.map(\.loss))
  }
}

extension ScoredSample {
  /// The average ensemble of several models: the mean of their scores, and of their shares of ratings or
  /// attributes where all of them have as many. (The mean rating of averaged shares is the average of the
  /// mean ratings.)
  ///
  /// - Parameter models: for each model its samples in ascending order of ids.
  /// - Returns: the samples that every model has a score for.
  public static func average(of models: [[ScoredSample]]) -> [ScoredSample] {
    guard let first = models.first else { return [] }
    let others = models.dropFirst().map { model in
      Dictionary(uniqueKeysWithValues: model.map { ($0.sample, $0) })
    }
    return first.compactMap { sample in
      let found = others.compactMap { $0[sample.sample] }
      guard found.count == others.count else { return nil }
      let all = [sample] + found
      let scale = 1 / Double(all.count)
      let width = all.allSatisfy { $0.parts.count == sample.parts.count } ? sample.parts.count : 0
      var average = ScoredSample(
        sample: sample.sample, score: all.reduce(0) { $0 + $1.score } * scale,
        target: sample.target,
        parts: (0..<width).map { k in all.reduce(0) { $0 + $1.parts[k] } * scale },
        targetParts: width > 0 ? sample.targetParts : [])
      average.isSalvaged = all.contains { $0.isSalvaged }
      return average
    }
  }
}
