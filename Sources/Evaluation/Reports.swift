// The metrics of one evaluation.

import Foundation
import MPI

/// Metrics of classification.
public struct ClassificationReport: Equatable, Sendable, Codable {
  /// Evaluated samples.
  public var count: Int
  /// Samples that could not be read.
  public var failedCount: Int
  /// Mean cross entropy; NaN for no samples.
  public var meanLoss: Double
  /// Share of samples whose right class has the highest logit.
  public var top1: Double
  /// Share of samples whose right class is among the five highest.
  public var top5: Double

  /// Metrics of gathered records, summed in their order.
  public init(_ records: [ClassifiedSample], failedCount: Int = 0) {
    let scale = 1 / Double(records.count)
    count = records.count
    self.failedCount = failedCount
    meanLoss = records.reduce(0) { $0 + $1.loss } / Double(records.count)
    top1 = Double(records.count { $0.place < 1 }) * scale
    top5 = Double(records.count { $0.place < 5 }) * scale
  }

  /// Metrics of the records of all ranks: the same bits on every rank, at any number of ranks.
  /// - Collective: every rank calls this with the samples it evaluated and those it could not read.
  public init(own records: [ClassifiedSample], failedCount: Int, world: Communicator) throws {
    self.init(
      try world.gather(records), failedCount: try world.allReduce(failedCount, .sum))
  }
}

/// Metrics of quality scores, in the units of the data set.
public struct QualityReport: Equatable, Sendable, Codable {
  /// Evaluated samples.
  public var count: Int
  /// Samples that could not be read.
  public var failedCount: Int
  /// SRCC, PLCC (raw, without a fit) and KRCC; NaN for fewer than two samples or constant scores.
  public var spearmanRankCorrelation: Double
  public var pearsonLinearCorrelation: Double
  public var kendallRankCorrelation: Double
  /// RMSE and MAE.
  public var rootMeanSquareError: Double
  public var meanAbsoluteError: Double
  /// What the score is called, where it is one of several attributes.
  public var score: String?

  /// Metrics of gathered records, summed in their order.
  public init(_ records: [ScoredSample], failedCount: Int = 0, score: String? = nil) {
    self.score = score
    let (scores, targets) = (records.map(\.score), records.map(\.target))
    count = records.count
    self.failedCount = failedCount
    spearmanRankCorrelation = ScoreAgreement.spearmanRankCorrelation(scores, targets)
    pearsonLinearCorrelation = ScoreAgreement.pearsonLinearCorrelation(scores, targets)
    kendallRankCorrelation = ScoreAgreement.kendallRankCorrelation(scores, targets)
    rootMeanSquareError = ScoreAgreement.rootMeanSquareError(scores, targets)
    meanAbsoluteError = ScoreAgreement.meanAbsoluteError(scores, targets)
  }

  /// Metrics of the records of all ranks: the same bits on every rank, at any number of ranks.
  /// - Collective: every rank calls this with the samples it evaluated and those it could not read.
  public init(own records: [ScoredSample], failedCount: Int, world: Communicator) throws {
    self.init(
      try world.gather(records), failedCount: try world.allReduce(failedCount, .sum))
  }
}
