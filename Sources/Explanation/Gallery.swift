// The page of all explained images: index.html, and the same as a table, summary.csv.

import Inference
import MUSIQ
import Tables

/// All images with what was found, best first.
///
/// The page needs no script and nothing from elsewhere; its links are relative, so a folder can be moved as
/// a whole.
public struct Gallery {
  let rows: [ExplanationRow]
  let model: String
  let digest: String
  let scaleNames: [String]
  let lowerIsBetter: Bool
  let isClassifier: Bool
  let caption: String
  /// Whether hse.png is there, too.
  let hasEmbedding: Bool

  /// - Parameters:
  ///   - rows: in the order of the inputs.
  ///   - hasEmbedding: whether the figure of the embeddings is in the same folder.
  public init(
    _ rows: [ExplanationRow], explainer: Explainer, request: ExplanationRequest,
    hasEmbedding: Bool
  ) {
    let configuration = explainer.stored.configuration.model
    self.rows = rows
    (model, digest) = (explainer.stored.path, explainer.stored.digest)
    scaleNames = explainer.scaleNames
    lowerIsBetter = configuration.score.lowerIsBetter
    isClassifier = configuration.score.kind(outputs: configuration.outputCount) == .classes
    caption = request.caption
    self.hasEmbedding = hasEmbedding
  }

  /// Writes both files.
  /// - Throws: `ExplanationError`.
  public func write(to files: inout ExplanationFiles) throws {
    try files.write(csv, as: "summary.csv")
    try files.write(html, as: "index.html")
  }

  /// Places of the rows that were explained: best score first, or by class and then the most probable
  /// first; equals in the order of the inputs.
  var ranking: [Int] {
    func key(_ place: Int) -> (Int, Float) {
      switch rows[place].result?.verdict {
      case .score(let value)?: (0, lowerIsBetter ? value : -value)
      case .probability(let value, let chosen, _)?: (chosen, -value)
      case nil: (0, 0)
      }
    }
    return rows.indices.filter { rows[$0].result != nil }.sorted {
      let (a, b) = (key($0), key($1))
      return a != b ? a < b : $0 < $1
    }
  }

  /// A line per image in the order of the inputs.
  ///
  /// image, folder, score or class, class_index and probability, height, width, tokens, class_token_share,
  /// then attention and value without each scale, status (ok, salvaged, error), and what is wrong with the
  /// file.
  var csv: String {
    let verdicts = isClassifier ? ["class", "class_index", "probability"] : ["score"]
    let scales = scaleNames.map { "attention_\($0)" } + scaleNames.map { "without_\($0)" }
    let header =
      ["image", "folder"] + verdicts + ["height", "width", "tokens", "class_token_share"] + scales
      + ["status", "error"]
    return CommaSeparatedText.row(header)
      + rows.map { row in
        switch row.outcome {
        case .explained(let result):
          CommaSeparatedText.row(
            [row.path, row.folder] + Self.fields(result.verdict) + [
              "\(result.height)", "\(result.width)", "\(result.tokens)", "\(result.classShare)",
            ] + result.scales.map { "\($0.mass)" }
              + result.scales.map { $0.without.map { "\($0)" } ?? "" }
              + [RowStatus(isSalvaged: result.damage != nil).rawValue, result.damage ?? ""])
        case .failed(let reason):
          CommaSeparatedText.row(
            [row.path, ""] + [String](repeating: "", count: header.count - 4)
              + [RowStatus.error.rawValue, reason])
        }
      }.joined()
  }

  private static func fields(_ verdict: Verdict) -> [String] {
    switch verdict {
    case .score(let value): ["\(value)"]
    case .probability(let value, let chosen, let name): [name, "\(chosen)", "\(value)"]
    }
  }

  /// What was found, for people: of one image a line per scale, of several a line per image.
  public var table: String {
    if rows.count == 1, let result = rows[0].result { return result.table }
    // Names come last: they have any length.
    let explained = rows.filter { $0.result != nil }
    let numbers = explained.compactMap(\.result).map { result in
      [result.verdict.text(result.verdict.value)]
        + result.scales.reversed().map { percent($0.mass) } + [percent(result.classShare)]
    }
    let header =
      [isClassifier ? "probability" : "score"] + scaleNames.reversed() + ["class token"]
    let names = explained.map { row in
      guard case .probability(_, _, let name)? = row.result?.verdict else { return row.path }
      return "\(name): \(row.path)"
    }
    let lines = alignedColumns([header] + numbers).split(separator: "\n")
    return zip(lines, [isClassifier ? "class: image" : "image"] + names).map {
      "\($0)  \($1.withVisibleControls)"
    }.joined(separator: "\n")
  }
}
