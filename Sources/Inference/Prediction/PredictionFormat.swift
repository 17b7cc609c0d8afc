// One image's result as a line of CSV or JSON.

import Foundation
import ImageData
import Kernels
import Labels
import MUSIQ
import ModelExchange
import RunConfig
import Tables

/// How rows are written. Columns that the model has no data for are left out: the range and the quantiles
/// of the training scores are known for models that this program has fine-tuned.
public struct PredictionFormat: Sendable {
  public enum Kind: String, CaseIterable, Sendable { case csv, jsonl }

  public let kind: Kind
  /// What the outputs are, and their scale.
  public let score: ScoreConfiguration
  public let outputCount: Int
  /// What all rows of a JSON file share.
  public let model: PredictionModel
  /// The model with the settings that decide its scores.
  public let identity: ModelIdentity
  private let meaning: LabelKind
  /// Lowest and highest score of the data set; nil if unknown.
  private let scale: (low: Double, high: Double)?

  /// - Parameter score: as `StoredModel.score` gives it.
  public init(
    _ kind: Kind, score: ScoreConfiguration, outputCount: Int, model: PredictionModel
  ) {
    (self.kind, self.score, self.outputCount, self.model) = (kind, score, outputCount, model)
    meaning = score.kind(outputs: outputCount)
    identity = model.identity(kind: meaning)
    if meaning == .classes {
      scale = nil
    } else if score.range.count == 2 {
      scale = (score.range[0], score.range[1])
    } else {
      scale = meaning == .ratings ? (1, Double(outputCount)) : nil
    }
  }

  /// Whether images have a score: classes have none.
  public var hasScore: Bool { meaning != .classes }

  /// Whether the range of scores is known, so that they can be clipped.
  public var hasScale: Bool { scale != nil }

  /// The first line of a CSV file; nil for JSON.
  public var header: String? {
    guard kind == .csv else { return nil }
    let figures = (figures(nil) + parts(nil)).map { CommaSeparatedText.field($0.0) }
    return
      (["path"] + (hasScore ? ["score"] : []) + figures + [
        "width", "height", "tokens", "ms", "status", "error", "model",
      ])
      .joined(separator: ",")
  }

  /// The row without its line end.
  public func line(_ row: PredictionRow) -> String { kind == .csv ? csv(row) : json(row) }

  private func csv(_ row: PredictionRow) -> String {
    var fields = [CommaSeparatedText.field(row.path)]
    let ms = fixed(row.milliseconds, 1)
    switch row.outcome {
    case .scored(let result):
      if hasScore { fields.append("\(written(result.score))") }
      fields += (figures(result) + parts(result)).map { CommaSeparatedText.field($0.1) }
      fields += ["\(result.width)", "\(result.height)", "\(result.tokens)", ms, result.status]
      fields.append(result.damage.map(CommaSeparatedText.field) ?? "")
    case .failed(let reason):
      let blanks = (hasScore ? 1 : 0) + figures(nil).count + parts(nil).count + 3
      fields += [String](repeating: "", count: blanks)
      fields += [ms, RowStatus.error.rawValue, CommaSeparatedText.field(reason)]
    }
    fields.append("\(identity)")
    return fields.joined(separator: ",")
  }

  private func json(_ row: PredictionRow) -> String {
    var members = [("path", JSONText.quoted(row.path))]
    switch row.outcome {
    case .scored(let result):
      if hasScore { members.append(("score", "\(written(result.score))")) }
      members += (meaning == .classes ? best(result) : figures(result)) + nested(result)
      members += [
        ("logits", "[\(result.logits.map { "\($0)" }.joined(separator: ","))]"),
        ("width", "\(result.width)"), ("height", "\(result.height)"),
        ("tokens", "\(result.tokens)"), ("ms", fixed(row.milliseconds, 1)),
        ("status", "\"\(result.status)\""),
        ("error", result.damage.map(JSONText.quoted) ?? "null"),
      ]
    case .failed(let reason):
      let first = hasScore ? ["score"] : ["class", "class_index", "probability"]
      members += (first + ["logits", "width", "height", "tokens"]).map { ($0, "null") }
      members += [
        ("ms", fixed(row.milliseconds, 1)), ("status", JSONText.quoted(RowStatus.error.rawValue)),
        ("error", JSONText.quoted(reason)),
      ]
    }
    members += model.members(self)
    return Self.object(members)
  }

  /// What explains a score, by name; without a result the names alone.
  private func figures(_ result: PredictionRow.Result?) -> [(String, String)] {
    var figures: [(String, String)] = []
    let p = result.map { probabilities($0.logits) } ?? []
    switch meaning {
    case .classes:
      let best = Self.mostProbable(p, count: 1).first
      figures = [
        ("class", best.map(score.name(ofOutput:)) ?? ""),
        ("class_index", best.map { "\($0)" } ?? ""),
        ("probability", best.map { "\(p[$0])" } ?? ""),
      ]
    case .ratings: figures.append(("score_std", "\(Self.deviation(p))"))
    case .score, .attributes: break
    }
    if let scale {
      figures += [("scale_lo", Self.number(scale.low)), ("scale_hi", Self.number(scale.high))]
    }
    if hasPercentile {
      figures.append(("percentile", result.map { fixed(percentile($0.score), 1) } ?? ""))
    }
    return figures
  }

  /// The shares of ratings or the attributes as columns; without a result the names alone.
  private func parts(_ result: PredictionRow.Result?) -> [(String, String)] {
    switch meaning {
    case .ratings:
      let p = result.map { probabilities($0.logits) }
      return (0..<outputCount).map { k in ("p\(k + 1)", p.map { "\($0[k])" } ?? "") }
    case .attributes:
      return attributeNames.enumerated().map { k, name in
        (name, result.map { "\(score.inUnits($0.logits[k]))" } ?? "")
      }
    case .score, .classes: return []
    }
  }

  /// The same as one member of a JSON object.
  private func nested(_ result: PredictionRow.Result) -> [(String, String)] {
    let parts = parts(result)
    switch meaning {
    case .ratings: return [("probabilities", "[\(parts.map(\.1).joined(separator: ","))]")]
    case .attributes: return [("attributes", Self.object(parts))]
    case .classes:
      let p = probabilities(result.logits)
      let top = Self.mostProbable(p, count: 5).map { Self.object(members(ofClass: $0, p[$0])) }
      return [("top", "[\(top.joined(separator: ","))]")]
    case .score: return []
    }
  }

  /// The most probable class as members of a JSON object.
  private func best(_ result: PredictionRow.Result) -> [(String, String)] {
    let p = probabilities(result.logits)
    return Self.mostProbable(p, count: 1).flatMap { members(ofClass: $0, p[$0]) }
  }

  private func members(ofClass place: Int, _ probability: Float) -> [(String, String)] {
    [
      ("class", JSONText.quoted(score.name(ofOutput: place))), ("class_index", "\(place)"),
      ("probability", "\(probability)"),
    ]
  }

  /// Places of the largest values, falling; of equals the first.
  private static func mostProbable(_ p: [Float], count: Int) -> [Int] {
    Array(p.indices.sorted { p[$0] != p[$1] ? p[$0] > p[$1] : $0 < $1 }.prefix(count))
  }

  /// The names of the outputs; one that another column has gets `attribute_` in front, one without a name
  /// is `attribute_k`.
  private var attributeNames: [String] {
    let taken: Set<String> = [
      "path", "score", "scale_lo", "scale_hi", "percentile", "width", "height", "tokens", "ms",
      "status", "error", "model",
    ]
    return (0..<outputCount).map { k in
      guard k < score.names.count else { return "attribute_\(k + 1)" }
      return taken.contains(score.names[k]) ? "attribute_\(score.names[k])" : score.names[k]
    }
  }

  // MARK: Numbers

  /// The score that is written: inside of the scale if it is to be clipped.
  private func written(_ score: Float) -> Float {
    guard model.isClipped, let scale else { return score }
    return min(max(score, Float(scale.low)), Float(scale.high))
  }

  private var hasPercentile: Bool { score.quantiles.count > 1 && meaning != .classes }

  /// The share of the training scores that are lower, in percent, linear between quantiles.
  ///
  /// A score equal to several quantiles stands in their middle; below all it is 0, above all 100. Whether
  /// a high percentile is good is what `direction` says.
  /// - Precondition: there are at least two quantiles.
  public func percentile(_ value: Float) -> Double {
    let (q, value) = (score.quantiles, Double(value))
    let below = q.count { $0 < value }
    let notAbove = q.count { $0 <= value }
    let step = 100 / Double(q.count - 1)
    if notAbove > below { return Double(below + notAbove - 1) / 2 * step }
    if below == 0 { return 0 }
    if below == q.count { return 100 }
    let (low, high) = (q[below - 1], q[below])
    return (Double(below - 1) + (value - low) / (high - low)) * step
  }

  private func probabilities(_ logits: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: logits.count)
    softmax(logits, into: &result, classes: logits.count)
    return result
  }

  /// The standard deviation of a rating, √Σ pₖ (k − μ)².
  private static func deviation(_ p: [Float]) -> Float {
    let mean = p.enumerated().reduce(0.0) { $0 + Double($1.offset + 1) * Double($1.element) }
    let variance = p.enumerated().reduce(0.0) {
      $0 + Double($1.element) * (Double($1.offset + 1) - mean) * (Double($1.offset + 1) - mean)
    }
    return Float(variance.squareRoot())
  }

  /// 5 and 0.5, not 5.0.
  private static func number(_ value: Double) -> String {
    Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }

  static func object(_ members: [(String, String)]) -> String {
    "{\(members.map { "\(JSONText.quoted($0)):\($1)" }.joined(separator: ","))}"
  }
}

extension PredictionRow.Result {
  /// The word for a row with a score.
  fileprivate var status: String { RowStatus(isSalvaged: damage != nil).rawValue }
}

/// Which model made a row, and how images came to it.
public struct PredictionModel: Sendable {
  public let path: String
  /// SHA-256 of the parameters.
  public let digest: String
  /// `fast` or `accurate`, see `DecodeOptions`.
  public let cosineTransform: String
  /// `ignore` or `apply`, see `DecodeOptions`.
  public var orientation = "ignore"
  public var precision = "fp32"
  /// Whether damaged files are scored by what is left of them.
  public var isSalvaging = false
  /// Whether scores outside of the data set's range are drawn to its ends.
  public var isClipped = false

  /// What else decides its scores, see `StoredModel.identitySettings`.
  public var settings: [String] = []

  public init(path: String, digest: String, cosineTransform: String) {
    (self.path, self.digest, self.cosineTransform) = (path, digest, cosineTransform)
  }

  /// The model as it is used.
  public init(_ stored: StoredModel) {
    self.init(
      path: stored.path, digest: stored.digest,
      cosineTransform: stored.configuration.data.dct.rawValue)
    settings = stored.identitySettings
  }

  func identity(kind: LabelKind) -> ModelIdentity {
    ModelIdentity(
      parameters: digest,
      settings: settings
        + StoredModel.identitySettings(
          kind: kind.rawValue, orientation: orientation, precision: precision,
          isClipped: isClipped))
  }

  func members(_ format: PredictionFormat) -> [(String, String)] {
    let direction = format.score.lowerIsBetter ? "lower_better" : "higher_better"
    let kind = format.score.kind(outputs: format.outputCount).rawValue
    return [
      ("model", "\"\(format.identity)\""), ("checkpoint", JSONText.quoted(path)),
      ("parameters_sha256", "\"\(digest)\""),
      ("kind", "\"\(kind)\""),
    ] + (format.hasScore ? [("direction", "\"\(direction)\"")] : []) + [
      ("dct", "\"\(cosineTransform)\""), ("exif_orient", "\"\(orientation)\""),
      ("precision", "\"\(precision)\""), ("clip", "\(isClipped)"),
      ("salvage", "\(isSalvaging)"),
    ]
  }
}
