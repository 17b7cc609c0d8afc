// What can be wrong with a configuration. The wording is in ConfigurationErrorWording.swift.

import Failures

/// A configuration that cannot be used.
public enum ConfigurationError: Failure, Equatable, Sendable {
  /// The file cannot be read, with the system's reason.
  case unreadable(file: String, reason: String)
  /// The text is not YAML.
  case syntax(source: ConfigurationNode.Origin, problem: String)
  /// YAML with anchors or aliases.
  case anchor(source: ConfigurationNode.Origin)
  /// YAML beyond the plain subset: tags, several documents, too deep, too long.
  case refused(source: ConfigurationNode.Origin, feature: String)
  /// No such key; `suggestion` is the nearest full path.
  case unknownKey(path: String, source: ConfigurationNode.Origin, suggestion: String?)
  /// A value of another type than the key holds, or a text that the key does not offer.
  case illTyped(
    path: String, source: ConfigurationNode.Origin, expected: String, found: String,
    suggestion: String?)
  /// An override or the environment without `key=value`, and what one looks like.
  case malformedOverride(source: ConfigurationNode.Origin, text: String, example: String)
  /// Values out of range or contradicting each other.
  case invalid([ConfigurationProblem])
}

/// One value out of range.
public struct ConfigurationProblem: Equatable, Sendable {
  /// The dotted path of the key.
  public var path: String
  /// Where its value was written.
  public var source: ConfigurationNode.Origin
  /// What is expected, what was found and what to do.
  public var message: String

  public init(path: String, source: ConfigurationNode.Origin, message: String) {
    (self.path, self.source, self.message) = (path, source, message)
  }
}
