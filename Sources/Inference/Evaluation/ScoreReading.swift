// What a model's outputs are, beside the labels of a set: which number is compared with which.

import Evaluation
import ImageData
import Kernels
import Labels
import MUSIQ

/// Turns outputs and targets into records.
struct ScoreReading: Sendable {
  private let score: ScoreConfiguration
  /// The output of each attribute of the set; empty if there are none to compare.
  private let attributes: [Int]
  /// What the parts of the records are.
  let parts: LabelMeaning

  init(_ score: ScoreConfiguration, outputs: Int, index: SampleIndex) {
    self.score = score
    switch index.kind {
    case .classes, .score: (parts, attributes) = (.score, [])
    case .ratings:
      var ratings = 0
      if case .ratings(let shares)? = index.samples.first?.target { ratings = shares.count }
      (parts, attributes) = (.ratings(count: ratings), [])
    case .attributes:
      let found = Self.outputs(of: index.classNames, in: score, outputs: outputs)
      parts = found == nil ? .score : .attributes(index.classNames)
      attributes = found ?? []
    }
  }

  /// The output of each name: by name, or by place where the model has no names; nil if one is missing.
  static func outputs(
    of names: [String], in score: ScoreConfiguration, outputs: Int
  ) -> [Int]? {
    guard outputs > 1, score.kind(outputs: outputs) == .attributes else { return nil }
    guard !score.names.isEmpty else {
      return names.count == outputs ? Array(0..<outputs) : nil
    }
    let found = names.compactMap { score.names.firstIndex(of: $0) }
    return found.count == names.count && found.allSatisfy { $0 < outputs } ? found : nil
  }

  /// The record of a sample that has no class.
  func record(
    _ sample: Int, outputs: UnsafeBufferPointer<Float>, target: Label
  ) -> ScoredSample {
    var record = ScoredSample(
      sample: sample, score: Double(score.score(outputs: outputs)), target: Double(target.meanScore)
    )
    switch target {
    case .classIndex, .score: break
    case .ratings(let shares):
      guard shares.count == outputs.count, score.kind(outputs: outputs.count) == .ratings else {
        break
      }
      record.targetParts = shares.map { Double($0) }
      record.parts = Self.shares(outputs).map { Double($0) }
    case .attributes(let scores):
      guard !attributes.isEmpty else { break }
      record.targetParts = scores.map { Double($0) }
      record.parts = attributes.map { Double(score.inUnits(outputs[$0])) }
      record.score = record.parts[0]
    }
    return record
  }

  /// softmax(logits).
  private static func shares(_ logits: UnsafeBufferPointer<Float>) -> [Float] {
    var result = [Float](repeating: 0, count: logits.count)
    softmax(Array(logits), into: &result, classes: logits.count)
    return result
  }
}
