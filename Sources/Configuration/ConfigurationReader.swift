// YAML text → tree, through Yams. Only the plain subset is accepted: sections, lists and scalars.

import Files
import Yams

enum ConfigurationReader {
  /// Deeper nesting than any key has is refused (alias bombs, stack exhaustion).
  static let depthLimit = 32
  /// Configurations are a few KiB, and the names of the 21,841 classes of ImageNet-21k up to 2 MiB; a
  /// larger file is something else.
  static let byteLimit = 8 << 20

  /// The tree of a file.
  static func file(_ path: String) throws(ConfigurationError) -> ConfigurationNode {
    let bytes: [UInt8]
    do {
      // A pipe, too: `--config <(…)`.
      bytes = try FileSystem.readStream(path, limit: byteLimit)
    } catch {
      throw .unreadable(file: path, reason: error.reason)
    }
    // Editors on Windows begin a file with a byte order mark.
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    guard let text = String(validating: bytes[start...], as: UTF8.self) else {
      throw .unreadable(file: path, reason: "not valid UTF-8 text")
    }
    return try tree(of: text) { .file(path, line: $0, column: $1) }
  }

  /// The tree of YAML text; `origin` makes the origin of a line and column. Empty text is an empty section.
  static func tree(
    of text: String, origin: (_ line: Int, _ column: Int) -> ConfigurationNode.Origin
  ) throws(ConfigurationError) -> ConfigurationNode {
    if let line = lineOfAnchor(in: text) {
      throw .anchor(source: origin(line, 1))
    }
    do {
      let parser = try Parser(yaml: text)
      // The parser owns the anchors that nodes refer to weakly.
      return try withExtendedLifetime(parser) {
        guard let root = try parser.singleRoot() else { return .section([], origin(1, 1)) }
        let tree = try convert(root, depth: 0, origin: origin)
        return tree.isNull ? .section([], tree.origin) : tree
      }
    } catch let error as ConfigurationError {
      throw error
    } catch let error as YamlError {
      throw translated(error, origin: origin)
    } catch {
      throw .syntax(source: origin(1, 1), problem: "\(error)")
    }
  }

  /// The line of the first anchor that stands outside quotes and comments, before the parser sees it:
  /// nested aliases can make the parser's own duplicate check run exponentially long.
  private static func lineOfAnchor(in text: String) -> Int? {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      var before: UInt8 = 0x20
      for byte in line.utf8 {
        if "\"'#".utf8.contains(byte) { break }
        if byte == UInt8(ascii: "&"), " \t[{,:-?".utf8.contains(before) { return index + 1 }
        before = byte
      }
    }
    return nil
  }

  private static func convert(
    _ node: Node, depth: Int,
    origin: (_ line: Int, _ column: Int) -> ConfigurationNode.Origin
  ) throws -> ConfigurationNode {
    let source = origin(node.mark?.line ?? 1, node.mark?.column ?? 1)
    guard depth <= depthLimit else {
      throw ConfigurationError.refused(
        source: source, feature: "nested deeper than \(depthLimit) levels")
    }
    if node.anchor != nil {
      throw ConfigurationError.anchor(source: source)
    }
    switch node {
    case .scalar(let scalar):
      try refuseTag(scalar.tag, source)
      let isQuoted = scalar.style != .plain && scalar.style != .any
      return .scalar(.init(text: scalar.string, isQuoted: isQuoted), source)
    case .sequence(let sequence):
      try refuseTag(sequence.tag, source)
      return .list(
        try sequence.map { try convert($0, depth: depth + 1, origin: origin) }, source)
    case .mapping(let mapping):
      try refuseTag(mapping.tag, source)
      let entries = try mapping.map { key, value -> ConfigurationNode.Entry in
        guard case .scalar(let name) = key else {
          throw ConfigurationError.refused(source: source, feature: "keys must be plain words")
        }
        return .init(
          key: name.string, value: try convert(value, depth: depth + 1, origin: origin),
          source: origin(name.mark?.line ?? 1, name.mark?.column ?? 1))
      }
      return .section(entries, source)
    case .alias:
      throw ConfigurationError.anchor(source: source)
    }
  }

  /// Yams gives untagged nodes the implicit tag, and quoted text the string tag.
  private static func refuseTag(_ tag: Tag, _ source: ConfigurationNode.Origin) throws {
    let name = Tag.Name(rawValue: tag.description)
    guard name == .implicit || name == .str else {
      throw ConfigurationError.refused(
        source: source, feature: "tags (\(tag.description)) are not supported")
    }
  }

  private static func translated(
    _ error: YamlError, origin: (_ line: Int, _ column: Int) -> ConfigurationNode.Origin
  ) -> ConfigurationError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return .syntax(source: origin(mark.line, mark.column), problem: problem)
    case .duplicatedKeysInMapping(let duplicates, let context):
      return .syntax(
        source: origin(context.mark.line, context.mark.column),
        problem: "key '\(duplicates.first ?? "")' appears twice")
    case .reader(let problem, let offset, _, let text):
      let line = text.utf8.prefix(offset ?? 0).count { $0 == 0x0A } + 1
      return .syntax(source: origin(line, 1), problem: problem)
    default:
      return .syntax(source: origin(1, 1), problem: "\(error)")
    }
  }
}
