// What `explain` found, in numbers: attention.json, attention.npz and the table on standard output.

import Foundation
import ModelExchange
import Provenance
import Tables

/// The contents of attention.json; keys as in the JSON lines of `predict`.
struct ExplanationReport: Encodable {
  struct Scale: Encodable {
    let name: String
    let height: Int
    let width: Int
    let rows: Int
    let columns: Int
    let patches_seen: Int
    let attention_mass: Double
    let attention_minimum: Float
    let attention_maximum: Float
    let value_without: Float?
    let value_change_without: Float?
  }
  struct Options: Encodable {
    let layer: String
    let head: String
    let alpha: Float
    let cmap: String
    let normalize: String
    let interpolation: String
  }
  let program: String
  let image: String
  /// What was wrong with a file that was salvaged.
  let damage: String?
  let model: String
  let parameters_sha256: String
  let height: Int
  let width: Int
  let tokens: Int
  let logits: [Float]
  let score: Float?
  let direction: String?
  /// Of a model of several scores, by name.
  let attributes: [String: Float]?
  let `class`: String?
  let class_index: Int?
  let probability: Float?
  let class_token_share: Double
  let scales: [Scale]
  let options: Options

  init(
    _ explanation: Explanation, of path: String, damage: String?, request: ExplanationRequest,
    explainer: Explainer
  ) {
    program = programVersion
    (image, self.damage) = (path, damage)
    model = explainer.stored.path
    parameters_sha256 = explainer.stored.digest
    (height, width) = (explanation.height, explanation.width)
    (tokens, logits) = (explanation.tokens, explanation.logits)
    let meaning = explainer.stored.configuration.model.score
    switch explanation.verdict {
    case .score(let value):
      (score, `class`, class_index, probability) = (value, nil, nil, nil)
      direction = meaning.lowerIsBetter ? "lower_better" : "higher_better"
    case .probability(let value, let chosen, let name):
      (score, `class`, class_index, probability, direction) = (nil, name, chosen, value, nil)
    }
    attributes =
      meaning.kind == .fixed(.attributes)
      ? Dictionary(
        zip(meaning.names, explanation.logits.map(meaning.inUnits)), uniquingKeysWith: { a, _ in a }
      ) : nil
    class_token_share = explanation.classShare
    scales = zip(explanation.maps, explanation.ablation).map { map, rest in
      Scale(
        name: map.name, height: map.scale.height, width: map.scale.width, rows: map.scale.rows,
        columns: map.scale.columns, patches_seen: map.scale.tokens, attention_mass: map.mass,
        attention_minimum: map.range.lowerBound, attention_maximum: map.range.upperBound,
        value_without: rest, value_change_without: rest.map { $0 - explanation.verdict.value })
    }
    options = Options(
      layer: request.layerName, head: request.headName, alpha: request.style.alpha,
      cmap: request.style.colors.rawValue, normalize: request.style.normalization.rawValue,
      interpolation: request.style.interpolation.rawValue)
  }
}

extension Explanation {
  /// `attention_<scale>` and `seen_<scale>`, `[rows, columns]` each, and `class_token_share`, `[1]`.
  var arrays: [NamedArray] {
    maps.flatMap { map in
      let shape = [map.scale.rows, map.scale.columns]
      return [
        NamedArray("attention_\(map.name)", shape: shape, map.values),
        NamedArray(
          "seen_\(map.name)", shape: shape, map.values.indices.map { map.isSeen($0) ? 1 : 0 }),
      ]
    } + [NamedArray("class_token_share", shape: [1], [Float(classShare)])]
  }

  /// A line per scale and one for the class token: scale, size, patches seen, attention mass, and the verdict
  /// without the scale.
  public var table: String {
    var rows = [["scale", "size", "patches", "attention", "without"]]
    for (map, rest) in zip(maps, ablation).reversed() {
      let all = map.scale.rows * map.scale.columns
      rows.append([
        map.name, "\(map.scale.width)x\(map.scale.height)",
        map.scale.tokens < all ? "\(map.scale.tokens)/\(all)" : "\(all)", percent(map.mass),
        rest.map { brief(Double($0)) } ?? "-",
      ])
    }
    rows.append(["class token", "-", "1", percent(classShare), "-"])
    return alignedColumns(rows)
  }
}
