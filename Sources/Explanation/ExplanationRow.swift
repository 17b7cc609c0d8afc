// What became of one image, for the gallery and the summary.

import Files

/// One image's result; its maps are in its files.
public struct ExplanationRow: Sendable, Equatable {
  public struct Scale: Sendable, Equatable {
    public let name: String
    /// Part of the class token's attention.
    public let mass: Double
    /// The verdict without the scale.
    public let without: Float?
  }

  /// Size of the small image and of the small map, and the map's scale; nil without any tokens.
  struct Thumbnail: Sendable, Equatable {
    let height: Int
    let width: Int
    let scale: String?
  }

  public struct Result: Sendable, Equatable {
    public let height: Int
    public let width: Int
    public let tokens: Int
    public let verdict: Verdict
    public let classShare: Double
    /// Ascending, native last.
    public let scales: [Scale]
    /// What was wrong with a file that was salvaged.
    public let damage: String?
    /// The table for people, see `Explanation.table`.
    public let table: String
    let thumbnail: Thumbnail
    /// Names of the image's files.
    public let files: [String]
  }

  public enum Outcome: Sendable, Equatable {
    case explained(Result)
    /// The reason, in words.
    case failed(String)
  }

  public let path: String
  /// Where the files are, below the output folder.
  public let folder: String
  public let outcome: Outcome

  /// Nil for an image that could not be explained.
  public var result: Result? {
    if case .explained(let result) = outcome { result } else { nil }
  }
}

extension ExplanationRow.Result {
  init(
    _ explanation: Explanation, damage: String?, thumbnail: ExplanationRow.Thumbnail,
    files: [String]
  ) {
    self.init(
      height: explanation.height, width: explanation.width, tokens: explanation.tokens,
      verdict: explanation.verdict, classShare: explanation.classShare,
      scales: zip(explanation.maps, explanation.ablation).map { map, rest in
        ExplanationRow.Scale(name: map.name, mass: map.mass, without: rest)
      },
      damage: damage, table: explanation.table, thumbnail: thumbnail, files: files)
  }
}

/// Names of folders for images, no two alike.
struct FolderNames {
  private var taken: Set<String> = []

  /// The name of the file; with `~2`, `~3`, … where an image before has it, also in other letters or
  /// another Unicode form, which some file systems do not tell apart.
  mutating func name(for path: String) -> String {
    let name = Self.shortened(FilePath.name(of: path))
    var candidate = name
    var number = 1
    while !taken.insert(candidate.lowercased()).inserted {
      number += 1
      candidate = "\(name)~\(number)"
    }
    return candidate
  }

  /// Names of folders have 255 bytes at most, and a number may follow.
  private static func shortened(_ name: String) -> String {
    guard name.utf8.count > 240 else { return name.isEmpty ? "image" : name }
    var scalars = String.UnicodeScalarView()
    var bytes = 0
    for scalar in name.unicodeScalars {
      bytes += UTF8.width(scalar)
      if bytes > 240 { break }
      scalars.append(scalar)
    }
    return String(scalars)
  }
}
