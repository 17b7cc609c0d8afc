// One picture's result as a line of CSV or JSON.

import ImageData
import Kernels
import MUSIQ
import ModelExchange

/// What the outputs of a head stand for.
public enum HeadMeaning: String, CaseIterable, Sendable {
  /// One output: the score itself.
  case score
  /// Logits of the ratings 1 … K, as of AVA; the score is their mean.
  case ratings
  /// Logits of classes; the mean over their numbers is defined and says nothing.
  case classes

  /// The published heads: 1 output is a score, 10 are ratings; all others are taken for classes.
  public init(outputs: Int) {
    self = outputs == 1 ? .score : outputs == 10 ? .ratings : .classes
  }
}

/// What became of one picture.
public struct PredictionRow: Sendable, Equatable, Codable {
  public struct Result: Sendable, Equatable, Codable {
    public let logits: [Float]
    public let height: Int
    public let width: Int
    /// Valid tokens of all scales.
    public let tokens: Int
    /// The official score: the output, or Σ k · softmax(logits)ₖ with k = 1 … K.
    public var score: Float { logits.withUnsafeBufferPointer { meanOpinionScore(logits: $0) } }
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

  /// Nil for a picture that could not be scored.
  public var score: Float? {
    if case .scored(let result) = outcome { result.score } else { nil }
  }
}

/// How rows are written. Columns without data for a head are left out: a single score has no deviation
/// and no known range, classes have no rating scale; there is no percentile, because models do not carry
/// the distribution of their training scores.
public struct PredictionFormat: Sendable {
  public enum Kind: String, CaseIterable, Sendable { case csv, jsonl }

  public let kind: Kind
  public let meaning: HeadMeaning
  public let outputCount: Int
  /// What all rows of a JSON file share.
  public let model: PredictionModel

  public init(_ kind: Kind, meaning: HeadMeaning, outputCount: Int, model: PredictionModel) {
    (self.kind, self.meaning, self.outputCount, self.model) = (kind, meaning, outputCount, model)
  }

  /// The first line of a CSV file; nil for JSON.
  public var header: String? { kind == .csv ? names.joined(separator: ",") : nil }

  private var names: [String] {
    let head =
      switch meaning {
      case .score: ["score"]
      case .ratings:
        ["score", "score_std", "scale_lo", "scale_hi"] + (1...outputCount).map { "p\($0)" }
      case .classes: ["score", "class", "probability"]
      }
    return ["path"] + head + ["width", "height", "tokens", "ms", "status", "error"]
  }

  /// The row without its line end.
  public func line(_ row: PredictionRow) -> String { kind == .csv ? csv(row) : json(row) }

  private func csv(_ row: PredictionRow) -> String {
    var fields = [CommaSeparatedText.field(row.path)]
    let ms = fixed(row.milliseconds, 1)
    switch row.outcome {
    case .scored(let result):
      fields.append("\(result.score)")
      let p = probabilities(result.logits)
      switch meaning {
      case .score: break
      case .ratings: fields += ["\(deviation(p))", "1", "\(outputCount)"] + p.map { "\($0)" }
      case .classes:
        let best = top(p)
        fields += ["\(best)", "\(p[best])"]
      }
      fields += ["\(result.width)", "\(result.height)", "\(result.tokens)", ms, "ok", ""]
    case .failed(let reason):
      fields += [String](repeating: "", count: names.count - 4)
      fields += [ms, "error", CommaSeparatedText.field(reason)]
    }
    return fields.joined(separator: ",")
  }

  private func json(_ row: PredictionRow) -> String {
    var members = [("path", JSONText.quoted(row.path))]
    func add(_ name: String, _ value: String) { members.append((name, value)) }
    func list(_ values: [Float]) -> String {
      "[\(values.map { "\($0)" }.joined(separator: ","))]"
    }
    switch row.outcome {
    case .scored(let result):
      add("score", "\(result.score)")
      let p = probabilities(result.logits)
      switch meaning {
      case .score: break
      case .ratings:
        add("score_std", "\(deviation(p))")
        add("scale_lo", "1")
        add("scale_hi", "\(outputCount)")
        add("probabilities", list(p))
      case .classes:
        let best = top(p)
        add("class", "\(best)")
        add("probability", "\(p[best])")
      }
      add("logits", list(result.logits))
      add("width", "\(result.width)")
      add("height", "\(result.height)")
      add("tokens", "\(result.tokens)")
    case .failed:
      for name in ["score", "logits", "width", "height", "tokens"] { add(name, "null") }
    }
    add("ms", fixed(row.milliseconds, 1))
    if case .failed(let reason) = row.outcome {
      add("status", "\"error\"")
      add("error", JSONText.quoted(reason))
    } else {
      add("status", "\"ok\"")
      add("error", "null")
    }
    members += model.members
    return "{\(members.map { "\"\($0)\":\($1)" }.joined(separator: ","))}"
  }

  private func probabilities(_ logits: [Float]) -> [Float] {
    guard meaning != .score else { return [] }
    var result = [Float](repeating: 0, count: logits.count)
    softmax(logits, into: &result, classes: logits.count)
    return result
  }

  /// The standard deviation of a rating, √Σ pₖ (k − μ)².
  private func deviation(_ p: [Float]) -> Float {
    let mean = p.enumerated().reduce(0.0) { $0 + Double($1.offset + 1) * Double($1.element) }
    let variance = p.enumerated().reduce(0.0) {
      $0 + Double($1.element) * (Double($1.offset + 1) - mean) * (Double($1.offset + 1) - mean)
    }
    return Float(variance.squareRoot())
  }

  /// The most probable class, from 0; the first of equals.
  private func top(_ p: [Float]) -> Int { p.indices.max { p[$0] < p[$1] } ?? 0 }
}

/// Which model made a row, and how pictures came to it.
public struct PredictionModel: Sendable {
  public let path: String
  /// SHA-256 of the parameters.
  public let digest: String
  /// `fast` or `accurate`, see `DecodeOptions`.
  public let cosineTransform: String

  public init(path: String, digest: String, cosineTransform: String) {
    (self.path, self.digest, self.cosineTransform) = (path, digest, cosineTransform)
  }

  var members: [(String, String)] {
    [
      ("model", JSONText.quoted(path)), ("parameters_sha256", "\"\(digest)\""),
      ("direction", "\"higher_better\""), ("dct", "\"\(cosineTransform)\""),
    ]
  }
}
