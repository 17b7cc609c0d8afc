// One line of the table of a section: a property with its name, type, unit, range and purpose.

/// A key of `Section`.
///
/// Made by one of the functions below, which differ by the type of the property. Messages read
/// `expected <range>, found <value>`.
public struct ConfigurationKey<Section>: Sendable {
  /// The name, equal to that of the property.
  public let name: String
  /// What the key is for: a phrase without a period at its end, names in backquotes.
  public let purpose: String
  let content: Content

  enum Content: Sendable {
    case value(Value)
    /// A section inside the section.
    case section(@Sendable (Section) -> any ConfigurationSection)
  }

  /// What there is to know about a key that holds a value.
  struct Value: Sendable {
    let type: String
    let unit: String
    let range: ConfigurationRange
    /// The value as a tree, for its text.
    let node: @Sendable (Section) throws -> ConfigurationNode
    /// The value in words if it is out of range.
    let found: @Sendable (Section) -> String?
  }

  /// Adds what is wrong with the key's value.
  func check(_ section: Section, _ check: inout Check) {
    switch content {
    case .section(let inner): check.add(inner(section).problems(), under: name)
    case .value(let value):
      guard let found = value.found(section) else { return }
      check.require(false, name, "expected \(value.range.words(with: value.unit)), found \(found)")
    }
  }
}

// MARK: - One function per type

extension ConfigurationKey {
  /// A whole number. Every one has an upper bound, so that products of sizes cannot overflow.
  /// - Parameter applies: whether the key means something beside the other values; if not, any value goes.
  public static func integer(
    _ name: String, _ path: KeyPath<Section, Int> & Sendable, _ range: ClosedRange<Int>,
    unit: String = "", when applies: @escaping @Sendable (Section) -> Bool = { _ in true },
    _ purpose: String
  ) -> Self {
    Self(name, path, purpose, "integer", .integers(range), unit: unit) {
      range.contains($1) || !applies($0) ? nil : "\($1)"
    }
  }

  /// A whole number out of a few.
  /// - Parameter expected: the numbers in words: `1 (luma) or 3 (RGB)`.
  public static func integer(
    _ name: String, _ path: KeyPath<Section, Int> & Sendable, oneOf values: [Int],
    _ expected: String, _ purpose: String
  ) -> Self {
    Self(name, path, purpose, "integer", .words(expected)) { values.contains($1) ? nil : "\($1)" }
  }

  /// The key of a random stream: every value of the type.
  public static func seed(
    _ name: String, _ path: KeyPath<Section, UInt64> & Sendable, _ purpose: String
  ) -> Self {
    Self(name, path, purpose, "integer", .words("0 to \(UInt64.max)"))
  }

  /// A number.
  public static func number(
    _ name: String, _ path: KeyPath<Section, Double> & Sendable, _ range: NumberRange,
    unit: String = "", _ purpose: String
  ) -> Self {
    Self(name, path, purpose, "number", .numbers(range), unit: unit) {
      range.contains($1) ? nil : "\($1)"
    }
  }

  /// True or false.
  public static func flag(
    _ name: String, _ path: KeyPath<Section, Bool> & Sendable, _ purpose: String
  ) -> Self {
    Self(name, path, purpose, "flag", .choices(["true", "false"]))
  }

  /// One of several names. The reader refuses all others.
  public static func choice<Choice>(
    _ name: String, _ path: KeyPath<Section, Choice> & Sendable, _ purpose: String
  ) -> Self where Choice: CaseIterable & RawRepresentable<String> & Encodable & Sendable {
    Self(name, path, purpose, "choice", .choices(Choice.allCases.map(\.rawValue)))
  }

  /// Any text.
  public static func text(
    _ name: String, _ path: KeyPath<Section, String> & Sendable, _ purpose: String
  ) -> Self {
    Self(name, path, purpose, "text", .any)
  }

  /// Text with something in it beside blanks.
  public static func word(
    _ name: String, _ path: KeyPath<Section, String> & Sendable, _ purpose: String
  ) -> Self {
    Self(name, path, purpose, "text", .words("a word")) {
      $1.allSatisfy(\.isWhitespace) ? "none" : nil
    }
  }

  /// A list.
  /// - Parameters:
  ///   - expected: the lists that can be used, in words: `[lowest, highest] or nothing`.
  ///   - isValid: whether a list is one of them.
  public static func list<Element: ConfigurationElement>(
    _ name: String, _ path: KeyPath<Section, [Element]> & Sendable, unit: String = "",
    _ expected: String, _ purpose: String, isValid: @escaping @Sendable ([Element]) -> Bool
  ) -> Self {
    Self(name, path, purpose, "list of \(Element.pluralName)", .words(expected), unit: unit) {
      isValid($1) ? nil : "\($1)"
    }
  }

  /// A section inside the section; its own table says what it holds.
  public static func section<Inner: ConfigurationSection>(
    _ name: String, _ path: KeyPath<Section, Inner> & Sendable, _ purpose: String
  ) -> Self {
    Self(name: name, purpose: purpose, content: .section { $0[keyPath: path] })
  }

  /// - Parameter found: the value in words if it cannot be used.
  private init<Property: Encodable & Sendable>(
    _ name: String, _ path: KeyPath<Section, Property> & Sendable, _ purpose: String,
    _ type: String, _ range: ConfigurationRange, unit: String = "",
    found: @escaping @Sendable (Section, Property) -> String? = { _, _ in nil }
  ) {
    let value = Value(
      type: type, unit: unit, range: range,
      node: { try ConfigurationEncoder.tree(of: $0[keyPath: path]) },
      found: { found($0, $0[keyPath: path]) })
    self.init(name: name, purpose: purpose, content: .value(value))
  }
}

/// What a list may hold.
public protocol ConfigurationElement: Encodable, Sendable {
  /// The elements in words.
  static var pluralName: String { get }
}

extension Int: ConfigurationElement {
  public static var pluralName: String { "integers" }
}

extension Double: ConfigurationElement {
  public static var pluralName: String { "numbers" }
}

extension String: ConfigurationElement {
  public static var pluralName: String { "texts" }
}
