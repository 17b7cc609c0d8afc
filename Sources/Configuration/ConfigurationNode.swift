// The tree between YAML text and Swift values: every layer (defaults, files, environment, overrides) is
// one such tree, and every value remembers where it was written.

/// One value of a configuration with its origin.
public enum ConfigurationNode: Sendable {
  /// A number, a truth value or text.
  case scalar(Scalar, Origin)
  /// `[a, b]`; a later layer replaces it as a whole.
  case list([ConfigurationNode], Origin)
  /// Keys in the order of declaration; a later layer replaces single keys.
  case section([Entry], Origin)

  /// A scalar as written. Quoted text is never read as a number.
  public struct Scalar: Equatable, Sendable {
    /// The characters without quotes.
    public var text: String
    /// Whether quotes marked it as text.
    public var isQuoted: Bool
  }

  /// One key of a section with its value.
  public struct Entry: Sendable {
    /// The key, one component of the dotted path.
    public var key: String
    /// What it holds.
    public var value: ConfigurationNode
    /// Where the key itself was written.
    public var source: Origin
  }

  /// Where a value was written.
  public enum Origin: Equatable, Sendable {
    /// The default of the program.
    case builtIn
    /// Line and column, from 1, of a file.
    case file(String, line: Int, column: Int)
    /// The environment variable of this name.
    case environment(String)
    /// An override of the command line with this text.
    case override(String)
  }

  /// Where this value was written.
  public var origin: Origin {
    switch self {
    case .scalar(_, let origin), .list(_, let origin), .section(_, let origin): origin
    }
  }

  /// What kind of value this is, in words for messages.
  var kind: String {
    switch self {
    case .scalar(let scalar, _):
      isNull ? "nothing" : scalar.isQuoted ? "the text '\(scalar.text)'" : "'\(scalar.text)'"
    case .list(let items, _): "a list of \(items.count)"
    case .section: "a section"
    }
  }

  /// Whether this is YAML's empty value.
  var isNull: Bool {
    guard case .scalar(let scalar, _) = self, !scalar.isQuoted else { return false }
    return ["", "~", "null"].contains(scalar.text)
  }

  /// The value at a path of keys, nil where there is none.
  public subscript(path: [String]) -> ConfigurationNode? {
    guard let first = path.first else { return self }
    guard case .section(let entries, _) = self else { return nil }
    return entries.first { $0.key == first }?.value[Array(path.dropFirst())]
  }

  /// The dotted paths of all keys, sections included, in order of declaration.
  public var paths: [String] {
    guard case .section(let entries, _) = self else { return [] }
    return entries.flatMap { entry in
      [entry.key] + entry.value.paths.map { "\(entry.key).\($0)" }
    }
  }

  /// The dotted paths of values, sections left out, each with its text.
  public var leaves: [(path: String, node: ConfigurationNode)] {
    guard case .section(let entries, _) = self else { return [("", self)] }
    return entries.flatMap { entry in
      entry.value.leaves.map { leaf in
        (leaf.path.isEmpty ? entry.key : "\(entry.key).\(leaf.path)", leaf.node)
      }
    }
  }
}
