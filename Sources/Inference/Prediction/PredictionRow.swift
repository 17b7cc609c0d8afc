// What became of one image.

import MUSIQ

/// One image's result.
public struct PredictionRow: Sendable, Equatable, Codable {
  public struct Result: Sendable, Equatable, Codable {
    /// The outputs of the head.
    public let logits: [Float]
    /// In the units of the data set, see `ScoreConfiguration.score`.
    public let score: Float
    public let height: Int
    public let width: Int
    /// Valid tokens of all scales.
    public let tokens: Int
    /// What is wrong with the file, if the rest of it was scored.
    public var damage: String?
  }

  public enum Outcome: Sendable, Equatable, Codable {
    case scored(Result)
    /// The reason, in words.
    case failed(String)
  }

  public let path: String
  public let outcome: Outcome
  /// From opening the file to the score, in milliseconds.
  public let milliseconds: Double

  /// The reason of a row whose outputs are NaN or infinite.
  static let notFinite = "the model's output is not finite"

  /// Whether the image could be read and the model gave no number for it.
  public var isNotFinite: Bool { outcome == .failed(Self.notFinite) }

  /// Nil for an image that could not be scored.
  public var score: Float? {
    if case .scored(let result) = outcome { result.score } else { nil }
  }
}

extension PredictionRow {
  /// Best first, equal ones in their order, those without a score last.
  public static func bestFirst(_ rows: [PredictionRow], lowerIsBetter: Bool) -> [PredictionRow] {
    var keys = [Float](repeating: -.infinity, count: rows.count)
    for (place, row) in rows.enumerated() {
      if let score = row.score { keys[place] = lowerIsBetter ? -score : score }
    }
    return rows.indices.sorted { keys[$0] != keys[$1] ? keys[$0] > keys[$1] : $0 < $1 }.map {
      rows[$0]
    }
  }
}

extension StoredModel {
  /// What the outputs are: `head` over the model's own word where there are several outputs; one output
  /// is a score, whatever is said.
  public func score(head: ScoreConfiguration.Kind?) -> ScoreConfiguration {
    var score = configuration.model.score
    let outputs = configuration.model.outputCount
    score.kind =
      outputs == 1 ? .fixed(.score) : head ?? .fixed(score.kind(outputs: outputs))
    return score
  }
}
