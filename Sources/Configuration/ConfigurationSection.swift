// What makes a struct a section of a configuration: a table of its keys, and the checks that need
// several of them. Validation, messages and documentation come from this one table.

/// A part of a configuration, owned by the target that it configures.
///
/// A key is a property and one line of the table:
/// ```swift
/// public var loaderThreads = 1
///
/// public static let keys: [ConfigurationKey<Self>] = [
///   .integer("loaderThreads", \.loaderThreads, 1...64, unit: "threads", "threads that decode images")
/// ]
/// ```
/// - Precondition: no property is optional, and each encoded property has one line in `keys`; a test of
///   the whole configuration makes sure of it.
public protocol ConfigurationSection: Codable, Equatable, Sendable {
  /// Every key of the section in order of declaration.
  static var keys: [ConfigurationKey<Self>] { get }

  /// Adds what no single key tells: values that contradict each other. It is asked only when every key,
  /// those of sections inside this one included, is in its own range.
  func checkTogether(_ check: inout Check)
}

extension ConfigurationSection {
  /// Nothing contradicts.
  public func checkTogether(_ check: inout Check) {}

  /// Everything that is wrong with the values, in the order of the table; empty when they can be used.
  public func problems() -> [Check.Problem] {
    var check = Check()
    for key in Self.keys { key.check(self, &check) }
    if check.problems.isEmpty { checkTogether(&check) }
    return check.problems
  }

  /// Makes sure that the values can be used.
  /// - Parameter origin: where the value of a dotted path was written.
  /// - Throws: `ConfigurationError.invalid` with all problems.
  public func validate(
    origin: (String) -> ConfigurationNode.Origin = { _ in .builtIn }
  ) throws(ConfigurationError) {
    let found = problems()
    guard found.isEmpty else {
      throw .invalid(
        found.map {
          ConfigurationProblem(path: $0.key, source: origin($0.key), message: $0.message)
        })
    }
  }
}

/// The problems of a section while it is checked.
public struct Check: Sendable {
  /// One value that cannot be used.
  public struct Problem: Equatable, Sendable {
    /// The key, dotted for a section inside the section.
    public let key: String
    /// What is expected, what was found and what to do.
    public let message: String
  }

  /// What was found so far.
  public private(set) var problems: [Problem] = []

  /// Adds a problem of `key` unless `condition` holds.
  public mutating func require(
    _ condition: Bool, _ key: String, _ message: @autoclosure () -> String
  ) {
    if !condition { problems.append(Problem(key: key, message: message())) }
  }

  /// Adds the problems of a section under its name.
  mutating func add(_ inner: [Problem], under section: String) {
    problems += inner.map { Problem(key: "\(section).\($0.key)", message: $0.message) }
  }
}
