// Defaults ← files ← environment ← overrides, generic over the configuration type.

/// A configuration under construction: the defaults of `Value` with layers laid over them.
///
/// Later layers win key by key; lists are replaced whole. The defaults name all valid keys: any other key
/// is an error in the layer that has it, with the nearest valid name.
/// - Precondition: `Value` has no optional properties, so that its encoded defaults hold every key.
public struct LayeredConfiguration<Value: Codable> {
  /// The merged tree, every value with its origin.
  public private(set) var tree: ConfigurationNode
  private let vocabulary: ConfigurationVocabulary

  /// The lowest layer.
  public init(
    defaults: Value, vocabulary: ConfigurationVocabulary
  ) throws(ConfigurationError) {
    self.vocabulary = vocabulary
    do {
      tree = try ConfigurationEncoder.tree(of: defaults)
    } catch {
      throw .illTyped(
        path: "", source: .builtIn, expected: "encodable defaults", found: "\(error)",
        suggestion: nil)
    }
  }

  /// Lays a YAML file over the configuration.
  public mutating func apply(file path: String) throws(ConfigurationError) {
    try merge(ConfigurationReader.file(path))
  }

  /// Lays YAML text over the configuration; `name` stands for the file in messages.
  public mutating func apply(yaml text: String, named name: String) throws(ConfigurationError) {
    try merge(
      ConfigurationReader.tree(of: text) { .file(name, line: $0, column: $1) })
  }

  /// Lays the overrides of the vocabulary's environment variable over the configuration: `a.b=1;c=2`.
  public mutating func apply(
    environment: [String: String]
  ) throws(ConfigurationError) {
    let name = vocabulary.environmentVariable
    guard let text = environment[name] else { return }
    for part in text.split(separator: ";") where !part.allSatisfy(\.isWhitespace) {
      try set(String(part), source: .environment(name))
    }
  }

  /// Lays one `key=value` of the command line over the configuration.
  public mutating func apply(override text: String) throws(ConfigurationError) {
    try set(text, source: .override(text))
  }

  /// The typed value.
  public func value() throws(ConfigurationError) -> Value {
    try ConfigurationDecoder.value(Value.self, of: tree)
  }

  /// Any value as YAML text in its shortest canonical spelling: equal values give equal bytes, and reading
  /// the text over any defaults gives the same value.
  public static func yaml(of value: Value) throws -> String {
    try ConfigurationEncoder.tree(of: value).yaml
  }

  /// The keys whose values differ, with both values as text.
  public static func differences(
    of first: Value, from second: Value
  ) -> [(path: String, first: String, second: String)] {
    guard let first = try? ConfigurationEncoder.tree(of: first).leaves,
      let second = try? ConfigurationEncoder.tree(of: second).leaves
    else { return [] }
    return zip(first, second).compactMap { first, second in
      let (text, other) = (first.node.inlineText, second.node.inlineText)
      return text == other ? nil : (first.path, text, other)
    }
  }

  /// Where the value at a dotted path was written, the built-in default if there is no such key.
  public func origin(of path: String) -> ConfigurationNode.Origin {
    tree[path.split(separator: ".").map(String.init)]?.origin ?? .builtIn
  }

  private mutating func set(
    _ text: String, source: ConfigurationNode.Origin
  ) throws(ConfigurationError) {
    guard let equals = text.firstIndex(of: "=") else {
      throw malformed(text, source)
    }
    let path = text[..<equals].split(separator: ".", omittingEmptySubsequences: false)
      .map { String($0).trimmed }
    guard !path.contains("") else { throw malformed(text, source) }
    let valueText = String(text[text.index(after: equals)...]).trimmed
    var node: ConfigurationNode
    if case .scalar(let current, _) = tree[path], current.isQuoted {
      // The key holds text: paths with ': ' or '#' need no quotes on the command line.
      node = .scalar(.init(text: valueText, isQuoted: true), source)
    } else {
      node = try ConfigurationReader.tree(of: valueText) { _, _ in source }
    }
    for key in path.reversed() {
      node = .section([.init(key: key, value: node, source: source)], source)
    }
    try merge(node)
  }

  private func malformed(
    _ text: String, _ source: ConfigurationNode.Origin
  ) -> ConfigurationError {
    .malformedOverride(source: source, text: text, example: vocabulary.exampleOverride)
  }

  private mutating func merge(_ layer: ConfigurationNode) throws(ConfigurationError) {
    let names = tree.paths
    tree = try merged(tree, layer, path: "", names: names)
  }

  private func merged(
    _ base: ConfigurationNode, _ layer: ConfigurationNode, path: String, names: [String]
  ) throws(ConfigurationError) -> ConfigurationNode {
    guard case .section(var entries, let origin) = base else {
      if case .section = layer, case .scalar = base {
        throw .illTyped(
          path: path, source: layer.origin, expected: "a value", found: layer.kind, suggestion: nil)
      }
      if case .scalar(let current, _) = base, current.isQuoted,
        case .scalar(let scalar, let source) = layer
      {
        // A key that holds text keeps doing so, whatever the text looks like.
        return .scalar(.init(text: layer.isNull ? "" : scalar.text, isQuoted: true), source)
      }
      return layer
    }
    // `optimizer:` with nothing below it changes nothing.
    if layer.isNull { return base }
    guard case .section(let changes, _) = layer else {
      throw .illTyped(
        path: path.isEmpty ? "(document)" : path, source: layer.origin,
        expected: "a section of keys such as '\(entries.first?.key ?? "key"): …'",
        found: layer.kind, suggestion: nil)
    }
    for change in changes {
      let full = path.isEmpty ? change.key : "\(path).\(change.key)"
      guard let index = entries.firstIndex(where: { $0.key == change.key }) else {
        throw .unknownKey(
          path: full, source: change.source,
          suggestion: ConfigurationSuggestion.path(
            near: full, among: names, shortForms: vocabulary.shortForms))
      }
      entries[index].value = try merged(
        entries[index].value, change.value, path: full, names: names)
    }
    return .section(entries, origin)
  }
}

extension LayeredConfiguration where Value: ConfigurationSection {
  /// The typed value, every key of it in its range.
  /// - Throws: `ConfigurationError`; all problems in one error, each with its place.
  public func validated() throws(ConfigurationError) -> Value {
    let value = try value()
    try value.validate(origin: origin(of:))
    return value
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = Substring(self)
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
