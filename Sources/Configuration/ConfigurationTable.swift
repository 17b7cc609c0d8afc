// All keys of a configuration as a table, for people and for tests.

/// The keys of a configuration, section by section.
public struct ConfigurationTable: Equatable, Sendable {
  /// One key that holds a value.
  public struct Row: Equatable, Sendable {
    /// The dotted path.
    public let path: String
    /// `integer`, `number`, `flag`, `choice`, `text` or `list of …`.
    public let type: String
    /// The default as YAML.
    public let defaultText: String
    /// The unit, empty if there is none.
    public let unit: String
    /// What may be set.
    public let range: ConfigurationRange
    /// What the key is for.
    public let purpose: String
  }

  /// A section with the keys that it holds itself; sections inside it are parts of their own.
  public struct Part: Equatable, Sendable {
    /// The dotted path of the section.
    public let path: String
    /// What the section is for.
    public let purpose: String
    /// Its keys in order of declaration.
    public fileprivate(set) var rows: [Row] = []
  }

  /// The sections in order of declaration, each before those inside it.
  public private(set) var parts: [Part] = []

  /// All keys.
  public var rows: [Row] { parts.flatMap(\.rows) }

  /// - Parameter defaults: a configuration before anything is set.
  public init(defaults: some ConfigurationSection) throws {
    try add(defaults, path: [], purpose: "")
    parts.removeAll { $0.rows.isEmpty }
  }

  private mutating func add<Section: ConfigurationSection>(
    _ section: Section, path: [String], purpose: String
  ) throws {
    let place = parts.count
    parts.append(Part(path: path.joined(separator: "."), purpose: purpose))
    for key in Section.keys {
      let keyPath = path + [key.name]
      switch key.content {
      case .section(let inner):
        try add(inner(section), path: keyPath, purpose: key.purpose)
      case .value(let value):
        parts[place].rows.append(
          try Row(
            path: keyPath.joined(separator: "."), type: value.type,
            defaultText: value.node(section).inlineText, unit: value.unit, range: value.range,
            purpose: key.purpose))
      }
    }
  }
}
