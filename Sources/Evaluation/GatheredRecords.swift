// Results of single samples from all ranks, in the order of sample ids: every metric is then computed by the
// same loop over the same list, so its bits do not depend on the number of ranks.

import Foundation
import MPI

/// One evaluated sample of a data set with scores, ratings or attributes.
public struct ScoredSample: Equatable, Sendable {
  /// The sample's id.
  public var sample: Int
  /// The model's score, in the units of the data set.
  public var score: Double
  /// The opinion score.
  public var target: Double
  /// All that the model says: the share of each rating, or each attribute; empty for a single score.
  public var parts: [Double]
  /// The same of the label; as many as `parts`.
  public var targetParts: [Double]
  /// Whether only a part of the file could be decoded.
  public var isSalvaged = false

  /// - Precondition: there are as many parts as parts of the target.
  public init(
    sample: Int, score: Double, target: Double, parts: [Double] = [], targetParts: [Double] = []
  ) {
    precondition(
      parts.count == targetParts.count,
      "expected \(parts.count) parts of the target, got \(targetParts.count)")
    (self.sample, self.score, self.target) = (sample, score, target)
    (self.parts, self.targetParts) = (parts, targetParts)
  }
}

/// One evaluated sample of a data set with classes.
public struct ClassifiedSample: Equatable, Sendable {
  /// The sample's id.
  public var sample: Int
  /// Cross entropy of the right class.
  public var loss: Double
  /// Classes with a higher logit than the right one: 0 is a top-1 hit, less than 5 a top-5 hit.
  public var place: Int
  /// Whether only a part of the file could be decoded.
  public var isSalvaged = false

  public init(sample: Int, loss: Double, place: Int) {
    self.sample = sample
    self.loss = loss
    self.place = place
  }

  /// From the logits of one sample.
  ///
  /// Loss = log Σⱼ exp(zⱼ − z_max) − (z_label − z_max). Among equal logits the right class counts as last,
  /// so a constant model is never credited.
  public init(sample: Int, logits: some Collection<Float>, label: Int) {
    precondition(
      label >= 0 && label < logits.count,
      "expected a label below \(logits.count), got \(label)")
    let own = Double(logits[logits.index(logits.startIndex, offsetBy: label)])
    let highest = logits.reduce(-Double.infinity) { max($0, Double($1)) }
    var sum = 0.0
    var notBelow = 0
    for logit in logits {
      sum += exp(Double(logit) - highest)
      // A NaN is never below, so broken logits are no hits.
      if !(Double(logit) < own) { notBelow += 1 }
    }
    self.init(
      sample: sample, loss: log(sum) - (own - highest), place: max(0, notBelow - 1))
  }
}

/// A result that has the id of a sample and travels as a few numbers, as many for every sample.
public protocol EvaluationRecord: Sendable {
  /// The sample's id.
  var sample: Int { get }
  /// The rest.
  var numbers: [Double] { get }
  init(sample: Int, numbers: [Double])
}

extension ScoredSample: EvaluationRecord {
  public var numbers: [Double] { [score, target, isSalvaged ? 1 : 0] + parts + targetParts }
  public init(sample: Int, numbers: [Double]) {
    let middle = 3 + (numbers.count - 3) / 2
    self.init(
      sample: sample, score: numbers[0], target: numbers[1], parts: Array(numbers[3..<middle]),
      targetParts: Array(numbers[middle...]))
    isSalvaged = numbers[2] != 0
  }
}

extension ClassifiedSample: EvaluationRecord {
  public var numbers: [Double] { [loss, Double(place), isSalvaged ? 1 : 0] }
  public init(sample: Int, numbers: [Double]) {
    self.init(sample: sample, loss: numbers[0], place: Int(numbers[1]))
    isSalvaged = numbers[2] != 0
  }
}

extension Communicator {
  /// The records of all ranks in the order of sample ids, on every rank.
  ///
  /// - Collective: every rank calls this; the number of records may differ, also be zero.
  /// - Precondition: each sample was evaluated by one rank, once; all records have as many numbers.
  /// - Throws: `MPIError`.
  public func gather<Record: EvaluationRecord>(_ records: [Record]) throws -> [Record] {
    let samples = try allGather(records.map { Int64($0.sample) })
    let numbers = try allGather(records.flatMap { $0.numbers })
    var all: [Record] = []
    all.reserveCapacity(samples.reduce(0) { $0 + $1.count })
    for (samples, numbers) in zip(samples, numbers) where !samples.isEmpty {
      let width = numbers.count / samples.count
      for (place, sample) in samples.enumerated() {
        let own = numbers[place * width..<(place + 1) * width]
        all.append(Record(sample: Int(sample), numbers: Array(own)))
      }
    }
    all.sort { $0.sample < $1.sample }
    for (first, second) in zip(all, all.dropFirst()) {
      precondition(
        first.sample != second.sample, "expected each sample once, got \(first.sample) twice")
    }
    return all
  }
}
